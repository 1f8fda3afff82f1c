"""What the steps of datapipes share."""
