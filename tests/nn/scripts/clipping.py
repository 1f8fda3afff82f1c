"""Clipping of gradients, and parameters as a vector."""


def run(s):
    torch, show, error, numbers = s.torch, s.show, s.error, s.numbers
    nn = torch.nn
    utils = torch.nn.utils

    def net():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))

    x = torch.arange(6.0).view(2, 3)
    for nt in (2.0, 1.0, float("inf"), 0.0, 3.0, float("-inf")):
        m = net()
        m(x).sum().backward()
        t = utils.clip_grad_norm_(m.parameters(), 0.5, nt)
        show(round(float(t), 4), t.dtype, t.shape, [numbers(q.grad) for q in m.parameters()])
    m = net()
    show(utils.clip_grad_norm_(m.parameters(), 1.0))
    m(x).sum().backward()
    show(round(float(utils.get_total_norm([q.grad for q in m.parameters()])), 4))
    utils.clip_grad_value_(m.parameters(), 0.3)
    show([numbers(q.grad) for q in m.parameters()])
    utils.clip_grads_with_norm_(m.parameters(), 0.1, torch.tensor(5.0))
    show([numbers(q.grad) for q in m.parameters()])
    m[0].weight.grad.fill_(float("nan"))
    error(lambda: utils.clip_grad_norm_(m.parameters(), 1.0, error_if_nonfinite=True))
    show(utils.clip_grad_norm_(m[2].weight, 1.0) > 0)
    utils.clip_grad_norm_(iter([]), 1.0)
    utils.clip_grad_norm_((q for q in []), 1.0)
    error(lambda: utils.clip_grad_norm(m[2].weight, 1.0) > 0)
    v = utils.parameters_to_vector(m.parameters())
    show(v.shape)
    utils.vector_to_parameters(torch.arange(26.0), m.parameters())
    show(m[0].weight, m[2].bias)
    error(lambda: utils.vector_to_parameters(3, m.parameters()))
