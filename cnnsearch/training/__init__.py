"""Training of one candidate: plan, optimizers, engine, checkpoint, and the protocol of the workers."""
