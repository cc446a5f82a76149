"""Defines `Service`, which the routes share. A route declares a parameter `service: ServiceDep` to get it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from classifier import Classifier
from serve.lifecycle import Lifecycle
from serve.metrics import Metrics
from serve.problems import RETRY_SOON, Problem
from serve.settings import Settings
from serve.work import ModelThread


@dataclass(frozen=True, slots=True)
class Service:
    """The parts of one running app."""

    settings: Settings
    model: ModelThread
    metrics: Metrics
    lifecycle: Lifecycle

    def classifier(self) -> Classifier:
        """Return the model. Raises the problem `not-ready` while the model is still loading."""
        if self.model.classifier is None:
            raise Problem("not-ready", headers=RETRY_SOON)
        return self.model.classifier


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(_service)]
