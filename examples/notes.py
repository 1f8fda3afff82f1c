"""A student's notes on tensors and autograd: every line prints what it makes."""

import numpy as np
import torch
import torch.nn.functional as F

# Tensors from NumPy
array = np.arange(12)
t = torch.from_numpy(array)
print(t, t.dtype, t.shape)
print(torch.tensor([[1, 2], [3, 4]]), torch.tensor([1.5, 2.5]), torch.tensor(3.14))
print(torch.zeros(2, 3), torch.ones(3, dtype=torch.int32), torch.arange(0, 1, 0.25))

# view shares memory: a change through one name shows through the other
m = t.view(3, 4)
print(m)
m[0, 0] = 100
print(t[0], m.view(-1)[:4], t.view(2, -1).shape)
print(m.numpy().sum(), m.T.shape, m[:, 1], m[1:, ::2])

# mm multiplies matrices; matmul broadcasts over batches; * goes element by element
a = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
b = torch.tensor([[0.5, -1.0], [2.0, 0.0]])
print(torch.mm(a, b))
print(torch.matmul(a, b), a @ b)
print(a * b)
batch = torch.arange(12, dtype=torch.float32).view(3, 2, 2)
print(torch.matmul(batch, b).shape, torch.matmul(batch, b)[2])
print(torch.matmul(a, torch.tensor([1.0, -1.0])))

# Sums, means and dtypes
print(a.sum(), a.sum(dim=0), a.mean(dim=1, keepdim=True), a.max(), a.argmax())
print((a > 2).sum(), a.to(torch.int64), a.double().dtype, torch.tensor([1, 2]) / 2)

# softmax and one_hot
logits = torch.tensor([[2.0, 1.0, 0.1], [0.0, 0.0, 0.0]])
p = F.softmax(logits, dim=1)
print(p)
print(p.sum(dim=1))
labels = torch.tensor([0, 2, 1, 2])
print(F.one_hot(labels))
print(F.one_hot(labels, num_classes=4).shape)

# Autograd: y = w^2, z = 10 y + 25, dz/dw = 20 w
w = torch.tensor(3.0, requires_grad=True)
y = w**2
z = 10 * y + 25
print(w, y, z)
z.backward()
print(w.grad)

# Gradients add up until they are cleared
(w**3).backward()
print(w.grad)
w.grad.zero_()
print(w.grad)

# A vector, and one step of gradient descent
v = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
loss = ((v - 1) ** 2).mean()
loss.backward()
print(loss, loss.item(), v.grad)
with torch.no_grad():
    v -= 0.1 * v.grad
print(v, v.requires_grad, v.detach())

# The same seed, the same numbers
torch.manual_seed(42)
print(torch.rand(3))
print(torch.randn(2, 3))
print(torch.randint(0, 10, (5,)), torch.randperm(6))
