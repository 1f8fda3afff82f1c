"""A variational auto-encoder on handwritten digits, 64 pixels to 4 numbers and back."""

import argparse

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(64, 128)
        self.mu = nn.Linear(128, 4)
        self.logvar = nn.Linear(128, 4)
        self.decoder = nn.Sequential(nn.Linear(4, 128), nn.ReLU(), nn.Linear(128, 64), nn.Sigmoid())

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.logvar(h)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        return mu + torch.randn_like(std) * std

    def forward(self, x):
        mu, logvar = self.encode(x)
        return self.decoder(self.reparameterize(mu, logvar)), mu, logvar


def loss_function(reconstruction, x, mu, logvar):
    bce = F.binary_cross_entropy(reconstruction, x, reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce + kld


def draw(image):
    shades = " .:-=+*#%@"
    return "\n".join("".join(shades[min(int(v * 10), 9)] * 2 for v in row) for row in image.tolist())


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=20)
    args = parser.parse_args(argv)

    torch.manual_seed(0)
    images = torch.tensor(load_digits().data, dtype=torch.float32) / 16
    train, test = images[:1536], images[1536:]
    loader = DataLoader(TensorDataset(train), batch_size=128, shuffle=True)

    model = VAE()
    initial = [p.detach().clone() for p in model.parameters()]
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

    losses, order = [], []
    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for (x,) in loader:
            optimizer.zero_grad()
            reconstruction, mu, logvar = model(x)
            loss = loss_function(reconstruction, x, mu, logvar)
            loss.backward()
            optimizer.step()
            losses.append(loss.item() / len(x))
            order.append(x)
            total += loss.item()
        if epoch % 5 == 4:
            print(f"epoch {epoch + 1:3}  loss {total / len(train):.4f}")

    model.eval()
    with torch.no_grad():
        mu, logvar = model.encode(test)
        test_loss = loss_function(model.decoder(mu), test, mu, logvar).item() / len(test)
        print(f"test loss {test_loss:.4f}")
        print(draw(model.decoder(torch.randn(1, 4))[0].view(8, 8)))
    return {"initial": initial, "order": order, "losses": losses, "final": {"test loss": test_loss}}


if __name__ == "__main__":
    main()
