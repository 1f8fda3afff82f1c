"""DCGAN on 64x64 images, width 32, batch 16: one discriminator and one generator step"""

import torch
from torch import nn

STEPS, WARMUP, COMPARED = 2, 8, 3
WIDTH = 32


def generator():
    layers, width = [nn.ConvTranspose2d(100, WIDTH * 8, 4, 1, 0, bias=False), nn.BatchNorm2d(WIDTH * 8), nn.ReLU()], 8
    while width > 1:
        layers += [nn.ConvTranspose2d(WIDTH * width, WIDTH * width // 2, 4, 2, 1, bias=False)]
        layers += [nn.BatchNorm2d(WIDTH * width // 2), nn.ReLU()]
        width //= 2
    return nn.Sequential(*layers, nn.ConvTranspose2d(WIDTH, 3, 4, 2, 1, bias=False), nn.Tanh())


def discriminator():
    layers = [nn.Conv2d(3, WIDTH, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
    for width in (1, 2, 4):
        layers += [nn.Conv2d(WIDTH * width, WIDTH * width * 2, 4, 2, 1, bias=False)]
        layers += [nn.BatchNorm2d(WIDTH * width * 2), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Conv2d(WIDTH * 8, 1, 4, 1, 0, bias=False), nn.Sigmoid(), nn.Flatten(0))


def make(compile):
    torch.manual_seed(0)
    net_g, net_d = compile(generator()), compile(discriminator())
    adam_g = torch.optim.Adam(net_g.parameters(), lr=2e-4, betas=(0.5, 0.999))
    adam_d = torch.optim.Adam(net_d.parameters(), lr=2e-4, betas=(0.5, 0.999))
    loss_fn = nn.BCELoss()
    real = torch.rand(16, 3, 64, 64) * 2 - 1
    ones, zeros = torch.ones(16), torch.zeros(16)

    def step():
        net_d.zero_grad()
        loss_real = loss_fn(net_d(real), ones)
        loss_real.backward()
        fake = net_g(torch.randn(16, 100, 1, 1))
        loss_fake = loss_fn(net_d(fake.detach()), zeros)
        loss_fake.backward()
        adam_d.step()
        net_g.zero_grad()
        loss_g = loss_fn(net_d(fake), ones)
        loss_g.backward()
        adam_g.step()
        return loss_real.item() + loss_fake.item()

    return step
