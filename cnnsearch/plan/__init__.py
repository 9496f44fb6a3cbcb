"""How a network is trained, as data: optimizer, schedule, augmentation, early stopping."""
