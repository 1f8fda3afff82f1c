"""recording the 100 most used operations on small tensors, grad on where it can be, without the run of the program"""

import torch
import torch.nn.functional as F

STEPS = 100


def calls():
    torch.manual_seed(0)
    a, b, c = (torch.randn(8, 8, requires_grad=True) for _ in range(3))
    p = torch.rand(8, 8).add(0.1).requires_grad_()
    x = torch.randn(8, 8)
    n = torch.randint(0, 8, (8, 8))
    image, kernel = torch.randn(1, 2, 8, 8, requires_grad=True), torch.randn(3, 2, 3, 3, requires_grad=True)
    batch = torch.randn(2, 8, 8, requires_grad=True)
    classes = n[0]
    mask = x > 0
    expressions = {
        "arithmetic": "a + b; a - b; a * b; a / b; a @ b; -a; a + 1.5; 2 * a; a**2; 1 / p; a // 2; x % 2",
        "comparison": "a > 0; a == b; a >= b; torch.isnan(a); torch.isfinite(a); ~mask",
        "unary": "a.exp(); p.log(); p.sqrt(); p.rsqrt(); a.abs(); a.sin(); a.cos(); a.tanh(); a.sigmoid(); a.relu(); "
        "a.square(); torch.sign(a); a.floor(); a.clamp(-1, 1)",
        "binary": "torch.maximum(a, b); torch.where(mask, a, b); torch.pow(p, b); a.masked_fill(mask, 0.0); "
        "torch.lerp(a, b, 0.5)",
        "reduction": "a.sum(); a.sum(1); a.mean(); a.mean(0, keepdim=True); a.max(); a.max(1); a.min(); a.argmax(1); "
        "a.prod(); a.std(); a.var(1); a.norm(); a.logsumexp(1); a.amax(0); mask.all(); mask.any(); a.cumsum(0)",
        "views": "a.view(64); a.reshape(4, 16); a.t(); a.transpose(0, 1); batch.permute(2, 0, 1); a.unsqueeze(0); "
        "a.flatten(); a.expand(3, 8, 8); a.detach(); a.narrow(0, 1, 4); a.select(0, 2); a.split(4); a.chunk(2); "
        "a.unbind(0); a[2]; a[:, 1:5]; a[..., None]; batch.squeeze(0); a.contiguous(); a.view_as(b)",
        "shape": "torch.cat((a, b)); torch.stack((a, b)); a.repeat(2, 2); a.flip(0); torch.tril(a); torch.diag(a); "
        "a[n]; a.gather(1, n); a.index_select(0, classes); x.scatter(1, n, x); a.clone(); a.repeat_interleave(2, 0)",
        "creation": "torch.zeros(8, 8); torch.ones(8, 8); torch.arange(8); torch.full((8, 8), 2.0); torch.eye(8); "
        "torch.zeros_like(a); torch.tensor([1.0, 2.0]); torch.linspace(0, 1, 8); torch.empty(8, 8)",
        "casts": "a.double(); a.to(torch.float64); a.long(); a.bool(); a.half(); a.type_as(x)",
        "linear": "torch.mm(a, b); torch.bmm(batch, batch); torch.einsum('ij,jk->ik', a, b); F.linear(a, b, c[0])",
        "network": "F.softmax(a, dim=1); F.log_softmax(a, dim=1); F.gelu(a); F.softplus(a); "
        "F.cross_entropy(a, classes); F.mse_loss(a, x); F.binary_cross_entropy_with_logits(a, p.detach()); "
        "F.layer_norm(a, (8,)); "
        "F.conv2d(image, kernel); F.max_pool2d(image, 2); F.avg_pool2d(image, 2); F.pad(a, (1, 1)); "
        "F.one_hot(classes, 8); F.embedding(n, a); F.dropout(a, 0.5)",
        "in place": "x.add_(1.0); x.mul_(0.5); x.zero_(); x.fill_(0.5); x.copy_(p.detach()); x.clamp_(0, 1)",
        "sorting": "a.sort(1); a.topk(3); a.argsort(1)",
    }
    names = {"torch": torch, "F": F, "a": a, "b": b, "c": c, "p": p, "x": x, "n": n, "image": image, "kernel": kernel}
    names |= {"batch": batch, "classes": classes, "mask": mask}
    listed = [text.strip() for group in expressions.values() for text in group.split(";")]
    return {text: eval(f"lambda: {text}", names) for text in listed}
