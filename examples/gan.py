"""A small GAN that learns a ring of eight Gaussians in the plane."""

import argparse
import math

import torch
from torch import nn


def real_batch(size):
    which = torch.randint(0, 8, (size,))
    angle = which * (2 * math.pi / 8)
    centres = torch.stack((torch.cos(angle), torch.sin(angle)), dim=1)
    return 2 * centres + 0.05 * torch.randn(size, 2), which


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1500)
    args = parser.parse_args(argv)

    torch.manual_seed(0)
    generator = nn.Sequential(
        nn.Linear(8, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 2)
    )
    discriminator = nn.Sequential(
        nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1)
    )
    initial = [p.detach().clone() for p in [*generator.parameters(), *discriminator.parameters()]]
    criterion = nn.BCEWithLogitsLoss()
    optimizer_g = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.999))
    optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=1e-3, betas=(0.5, 0.999))

    size = 128
    ones, zeros = torch.ones(size, 1), torch.zeros(size, 1)
    losses_d, losses_g, order = [], [], []
    for step in range(args.steps):
        real, which = real_batch(size)
        fake = generator(torch.randn(size, 8))

        optimizer_d.zero_grad()
        loss_d = criterion(discriminator(real), ones) + criterion(discriminator(fake.detach()), zeros)
        loss_d.backward()
        optimizer_d.step()

        optimizer_g.zero_grad()
        loss_g = criterion(discriminator(fake), ones)
        loss_g.backward()
        optimizer_g.step()

        losses_d.append(loss_d.item())
        losses_g.append(loss_g.item())
        order.append(which)
        if step % 250 == 249:
            print(f"step {step + 1:5}  discriminator {loss_d.item():.4f}  generator {loss_g.item():.4f}")

    with torch.no_grad():
        points = generator(torch.randn(1000, 8))
        radius = points.norm(dim=1)
        sectors = torch.remainder(torch.round(torch.atan2(points[:, 1], points[:, 0]) / (2 * math.pi / 8)), 8).long()
        counts = torch.bincount(sectors, minlength=8)
    print(f"mean radius {radius.mean().item():.3f} (real: 2), points near each of the eight: {counts.tolist()}")
    return {
        "initial": initial,
        "order": order,
        "losses": {"discriminator": losses_d, "generator": losses_g},
        "final": {"mean radius": radius.mean().item()},
    }


if __name__ == "__main__":
    main()
