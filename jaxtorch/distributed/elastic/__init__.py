"""`torch.distributed.elastic`: what training scripts import of it."""
