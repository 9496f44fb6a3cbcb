"""Training plans as data: optimizer, schedule, augmentation, early stopping."""
