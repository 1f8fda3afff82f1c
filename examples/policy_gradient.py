"""REINFORCE learns to balance a pole on a cart; the cart is a few lines of plain Python."""

import argparse
import math

import torch
from torch import nn


class CartPole:
    """The classic cart and pole: push left (0) or right (1), and get a reward of 1 for every step the pole stays up."""

    def reset(self):
        self.state = ((torch.rand(4) - 0.5) * 0.1).tolist()
        self.steps = 0
        return self.state

    def step(self, action):
        x, x_dot, theta, theta_dot = self.state
        force = 10.0 if action == 1 else -10.0
        cos, sin = math.cos(theta), math.sin(theta)
        push = (force + 0.05 * theta_dot**2 * sin) / 1.1
        theta_acc = (9.8 * sin - cos * push) / (0.5 * (4.0 / 3.0 - 0.1 * cos**2 / 1.1))
        x_acc = push - 0.05 * theta_acc * cos / 1.1
        self.state = [x + 0.02 * x_dot, x_dot + 0.02 * x_acc, theta + 0.02 * theta_dot, theta_dot + 0.02 * theta_acc]
        self.steps += 1
        done = abs(self.state[0]) > 2.4 or abs(self.state[2]) > 0.21 or self.steps >= 200
        return self.state, 1.0, done


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=120)
    args = parser.parse_args(argv)

    torch.manual_seed(0)
    policy = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 2))
    initial = [p.detach().clone() for p in policy.parameters()]
    optimizer = torch.optim.Adam(policy.parameters(), lr=5e-3)
    environment = CartPole()

    losses, lengths = [], []
    for episode in range(args.episodes):
        state, done = environment.reset(), False
        log_probabilities, rewards = [], []
        while not done:
            probabilities = torch.softmax(policy(torch.tensor(state)), dim=0)
            action = torch.multinomial(probabilities, 1).item()
            log_probabilities.append(torch.log(probabilities[action]))
            state, reward, done = environment.step(action)
            rewards.append(reward)

        returns, total = [], 0.0
        for reward in reversed(rewards):
            total = reward + 0.99 * total
            returns.insert(0, total)
        returns = torch.tensor(returns)
        returns = (returns - returns.mean()) / (returns.std() + 1e-8)

        loss = -(torch.stack(log_probabilities) * returns).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        lengths.append(len(rewards))
        if episode % 20 == 19:
            print(f"episode {episode + 1:4}  mean length {sum(lengths[-20:]) / 20:.2f}  loss {loss.item():.4f}")

    mean = sum(lengths[-20:]) / len(lengths[-20:])
    order = [torch.tensor(lengths[:20])]
    return {"initial": initial, "order": order, "losses": losses, "final": {"mean length": mean}}


if __name__ == "__main__":
    main()
