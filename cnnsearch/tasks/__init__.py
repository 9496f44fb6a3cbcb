"""What a network is for, as data and arithmetic on arrays: metrics and their units. No Keras."""
