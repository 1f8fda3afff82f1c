"""Fit y = sin(x) with a third-order polynomial, the gradients written by hand."""

import argparse
import math

import torch


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=2000)
    args = parser.parse_args(argv)

    torch.manual_seed(0)
    x = torch.linspace(-math.pi, math.pi, 2000)
    y = torch.sin(x)

    a, b, c, d = torch.randn(()), torch.randn(()), torch.randn(()), torch.randn(())
    initial = [a.clone(), b.clone(), c.clone(), d.clone()]

    learning_rate = 1e-6
    losses = []
    for t in range(args.steps):
        y_pred = a + b * x + c * x**2 + d * x**3

        loss = (y_pred - y).pow(2).sum().item()
        losses.append(loss)
        if t % 100 == 99:
            print(t, f"{loss:.4f}")

        grad_y_pred = 2.0 * (y_pred - y)
        grad_a = grad_y_pred.sum()
        grad_b = (grad_y_pred * x).sum()
        grad_c = (grad_y_pred * x**2).sum()
        grad_d = (grad_y_pred * x**3).sum()

        a -= learning_rate * grad_a
        b -= learning_rate * grad_b
        c -= learning_rate * grad_c
        d -= learning_rate * grad_d

    print(f"Result: y = {a.item():.4f} + {b.item():.4f} x + {c.item():.4f} x^2 + {d.item():.4f} x^3")
    return {"initial": initial, "losses": losses, "final": {"loss": losses[-1], "b": b.item(), "d": d.item()}}


if __name__ == "__main__":
    main()
