"""Defines the routes of API version 1. Their docstrings appear in the API documentation."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request

from classifier import Options
from serve.problems import RETRY_SOON, Problem, problem_responses
from serve.service import ServiceDep
from serve.v1 import answers
from serve.v1.checks import check
from serve.v1.json_route import JsonRoute
from serve.v1.models import REQUEST_EXAMPLES, LabelsAnswer, ModelAnswer, PredictAnswer, PredictRequest
from serve.work import Overloaded

router = APIRouter(prefix="/v1", route_class=JsonRoute)


@router.post(
    "/predict",
    operation_id="predict",
    summary="Tag journal entries",
    response_description="The tags of each entry.",
    responses=problem_responses("invalid-json", "request-timeout", "request-too-large", "unsupported-media-type")
    | problem_responses("invalid-body", "not-ready", "processing-timeout"),
    response_model_exclude_unset=True,
)
async def predict(
    body: Annotated[PredictRequest, Body(openapi_examples=REQUEST_EXAMPLES)], request: Request, service: ServiceDep
) -> PredictAnswer:
    """Tags the sentences of each entry. The server does not store entries."""
    classifier = service.classifier()
    check(body, service.settings, classifier)
    texts = [entry.text for entry in body.entries]
    labels = None if body.labels is None else tuple(body.labels)
    record = request.state.record
    record.entries, record.characters = len(texts), sum(map(len, texts))
    try:
        tagged = await service.model.tag(
            texts, Options(operating_point=body.operating_point, labels=labels, evidence=body.evidence)
        )
    except Overloaded:
        raise Problem("overloaded", headers=RETRY_SOON) from None
    record.tags = sum(len(entry.tags) for entry in tagged)
    record.cannot_judge = sum(entry.status == "cannot_judge" for entry in tagged)
    service.metrics.count_entries(tagged)
    return answers.predict_answer(body, tagged, classifier.version)


@router.get(
    "/labels",
    operation_id="labels",
    summary="List the labels",
    response_description="The taxonomy.",
    responses=problem_responses("not-ready"),
)
async def labels(service: ServiceDep) -> LabelsAnswer:
    """Lists each thinking pattern with its definition, an example, and what is easily mistaken for the pattern."""
    return answers.labels_answer(service.classifier().taxonomy)


@router.get(
    "/model",
    operation_id="model",
    summary="Describe the model",
    response_description="The model.",
    responses=problem_responses("not-ready"),
)
async def model(service: ServiceDep) -> ModelAnswer:
    """Returns the model's version, thresholds, quality and intended use, and the limits of a request."""
    return answers.model_answer(service.classifier(), service.settings)
