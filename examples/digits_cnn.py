"""A convolutional network on handwritten digits: 1,797 images of 8x8 pixels, which scikit-learn ships."""

import argparse
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset, random_split

try:
    from rich.progress import track
except ImportError:
    track = None


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(32)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(64)
        self.pool = nn.MaxPool2d(2)
        self.dropout = nn.Dropout(0.25)
        self.fc1 = nn.Linear(64 * 2 * 2, 64)
        self.fc2 = nn.Linear(64, 10)

    def forward(self, x):
        x = self.pool(F.relu(self.bn1(self.conv1(x))))
        x = self.pool(F.relu(self.bn2(self.conv2(x))))
        x = self.dropout(torch.flatten(x, 1))
        return self.fc2(F.relu(self.fc1(x)))


def progress(batches, description):
    if track is None or not sys.stdout.isatty():
        return batches
    return track(batches, description=description, transient=True)


def evaluate(model, loader):
    model.eval()
    correct = 0
    with torch.no_grad():
        for images, labels in loader:
            correct += (model(images).argmax(dim=1) == labels).sum().item()
    return correct / len(loader.dataset)


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--steps", type=int, default=None, help="stop after so many steps, evaluate, and be done")
    args = parser.parse_args(argv)

    torch.manual_seed(0)
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
    labels = torch.tensor(digits.target, dtype=torch.int64)
    train_set, test_set = random_split(TensorDataset(images, labels), [1437, 360])
    train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=360)

    model = Net()
    initial = [p.detach().clone() for p in model.parameters()]
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    losses, order = [], []
    accuracy = 0.0
    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for images, labels in progress(train_loader, f"epoch {epoch + 1}"):
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            order.append(labels)
            total += loss.item() * len(labels)
            if len(losses) == args.steps:
                break
        accuracy = evaluate(model, test_loader)
        print(f"epoch {epoch + 1}  loss {total / len(train_set):.4f}  test accuracy {accuracy:.2%}")
        if len(losses) == args.steps:
            break
    return {"initial": initial, "order": order, "losses": losses, "final": {"test accuracy": accuracy}}


if __name__ == "__main__":
    main()
