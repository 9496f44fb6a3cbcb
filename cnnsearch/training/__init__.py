"""One candidate's training: plan, optimizers, engine, checkpoint and the protocol that workers speak."""
