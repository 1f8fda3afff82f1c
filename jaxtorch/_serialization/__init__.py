"""`torch.save` and `torch.load`: PyTorch's file formats, written and read without PyTorch. See README.md in this folder."""
