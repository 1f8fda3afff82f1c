"""digits CNN: one epoch over 1,437 images of 8x8 with a shuffling DataLoader, batch 64"""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

STEPS, WARMUP, COMPARED = 1, 2, 1


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(32)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(64)
        self.dropout = nn.Dropout(0.25)
        self.fc1 = nn.Linear(256, 64)
        self.fc2 = nn.Linear(64, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.bn2(self.conv2(x))), 2)
        return self.fc2(F.relu(self.fc1(self.dropout(torch.flatten(x, 1)))))


def make(compile):
    torch.manual_seed(0)
    digits = load_digits()
    images = torch.tensor(digits.images[:1437], dtype=torch.float32).unsqueeze(1) / 16
    labels = torch.tensor(digits.target[:1437], dtype=torch.int64)
    loader = DataLoader(TensorDataset(images, labels), batch_size=64, shuffle=True)
    model = compile(Net())
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

    def epoch():
        total = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item()
        return total / len(loader)

    return epoch
