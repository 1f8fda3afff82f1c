"""`torch.save` and `torch.load`: PyTorch's file formats, without PyTorch. See README.md in this folder."""
