import math

import torch

from mse_site.demo.objectives import rank_pictures, rank_texts, subtract_terms, tell_apart


def test_one_right_text_is_plain_cross_entropy() -> None:
    logits = torch.tensor([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    truth = torch.tensor([[True, False, False], [False, True, False]])
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1]))
    assert torch.allclose(rank_texts(logits, truth), expected)


def test_several_right_texts_share_the_weight() -> None:
    truth = torch.tensor([[True, True, False]])
    assert math.isclose(float(rank_texts(torch.zeros(1, 3), truth)), math.log(3), rel_tol=1e-5)
    sure = torch.tensor([[50.0, 50.0, -50.0]])
    assert math.isclose(float(rank_texts(sure, truth)), math.log(2), rel_tol=1e-4)


def test_pictures_without_a_right_text_are_skipped() -> None:
    logits = torch.randn(2, 3)
    truth = torch.tensor([[True, False, False], [False, False, False]])
    assert torch.allclose(rank_texts(logits, truth), rank_texts(logits[:1], truth[:1]))
    assert float(rank_texts(logits[1:], truth[1:])) == 0.0


def test_pairs_left_out_cost_nothing_however_high_they_score() -> None:
    logits = torch.tensor([[1.0, 90.0, 0.0]])
    truth = torch.tensor([[True, False, False]])
    left_out = torch.tensor([[False, True, False]])
    assert float(rank_texts(logits, truth)) > 80
    assert float(rank_texts(logits, truth, left_out)) < 0.5


def test_ranking_pictures_is_ranking_texts_turned_round() -> None:
    logits, truth = torch.randn(4, 3), torch.rand(4, 3) < 0.5
    assert torch.allclose(rank_pictures(logits, truth), rank_texts(logits.T, truth.T))


def test_telling_apart_weighs_right_and_wrong_pairs_the_same() -> None:
    logits = torch.tensor([[0.0] * 9 + [0.0]])
    truth = torch.tensor([[True] + [False] * 9])
    assert math.isclose(float(tell_apart(logits, truth, torch.tensor(0.0))), math.log(2), rel_tol=1e-5)


def test_subtracting_prefers_pictures_with_a_alone() -> None:
    names = torch.eye(3)
    things = torch.tensor([[True, False, False], [True, True, False], [False, True, False], [False, False, True]])
    good = torch.nn.functional.normalize(things.float(), dim=1)
    bad = torch.nn.functional.normalize(torch.tensor([[0.0, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 1]]), dim=1)
    scale = torch.tensor(10.0)
    assert float(subtract_terms(good, names, things, scale)) < 0.1 < float(subtract_terms(bad, names, things, scale))
    assert float(subtract_terms(good[:1], names, things[:1], scale)) == 0.0
