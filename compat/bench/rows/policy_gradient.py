"""policy gradient: an episode of 50 steps, one forward and one sampled action each, then one update"""

import torch
from torch import nn
from torch.distributions import Categorical

STEPS, WARMUP = 4, 8


def make(compile):
    torch.manual_seed(0)
    policy = compile(nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 2)))
    optimizer = torch.optim.Adam(policy.parameters(), lr=1e-2)

    def episode():
        position, velocity, terms, rewards = 0.1, 0.0, [], []
        for t in range(50):
            state = torch.tensor([position, velocity, t / 50, 1.0])
            distribution = Categorical(logits=policy(state))
            action = distribution.sample()
            velocity = 0.9 * velocity + 0.1 * (2 * action.item() - 1)
            position += 0.1 * velocity
            terms.append(distribution.log_prob(action))
            rewards.append(-abs(position))
        returns = torch.tensor([sum(rewards[t:]) for t in range(50)])
        loss = -(torch.stack(terms) * (returns - returns.mean())).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return episode
