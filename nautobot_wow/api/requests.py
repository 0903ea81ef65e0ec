"""Guests over REST: POST what is wanted, then poll the request; the same key is the same guest."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from nautobot.apps.api import NautobotModelViewSet
from nautobot.virtualization.models import VirtualMachine
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ..choices import RequestAction, RequestStage, SnapshotPolicy, WaitFor
from ..errors import ConfigurationError, KeyInUse, NotAllowed, Unavailable, Unusable, WowError
from ..filters import GuestRequestFilterSet
from ..models import GuestImage, GuestRequest, GuestSize, NetworkProfile, System
from ..provisioning import ask
from .serializers import GuestRequestSerializer
from .start import StartPermissions

CODES: tuple[tuple[type[WowError], int], ...] = (
    (Unusable, 400),
    (NotAllowed, 403),
    (KeyInUse, 409),
    (Unavailable, 409),
)
KEYS = serializers.CharField(max_length=255, required=False, allow_blank=True, default="")


class NamedField(serializers.CharField):
    """An object of Nautobot by its name or its id."""

    def __init__(self, model: type[Model], **kwargs: Any) -> None:
        super().__init__(help_text=f"Name or id of a {model._meta.verbose_name}.", **kwargs)
        self.model = model

    def to_internal_value(self, data: Any) -> Any:
        """Return the object that the user may see."""
        text = super().to_internal_value(data)
        rows = self.model.objects.restrict(self.context["request"].user, "view")  # type: ignore[attr-defined]
        named = list(rows.filter(name=text)[:2])
        if not named and _is_id(text):
            named = list(rows.filter(pk=text))
        if len(named) != 1:
            many = "There is no" if not named else "There are several of the name"
            raise serializers.ValidationError(f"{many} {self.model._meta.verbose_name} {text!r}.")
        return named[0]


class NewGuestBody(serializers.Serializer):
    """What somebody asks for."""

    name = serializers.CharField(max_length=255)
    system = NamedField(System)
    profile = NamedField(NetworkProfile)
    size = NamedField(GuestSize)
    image = serializers.CharField(help_text="Name or id of a guest image of that System.")
    node = serializers.CharField(required=False, allow_blank=True, default="")
    storage = serializers.CharField(required=False, allow_blank=True, default="")
    description = serializers.CharField(required=False, allow_blank=True, default="")
    justification = serializers.CharField(required=False, allow_blank=True, default="")
    application_list = serializers.ListField(child=serializers.CharField(), required=False, default=list)
    snapshot_policy = serializers.ChoiceField(choices=SnapshotPolicy.CHOICES, default=SnapshotPolicy.NONE)
    ssh_keys = serializers.ListField(child=serializers.CharField(), required=False, default=list)
    docker = serializers.BooleanField(default=False)
    start = serializers.BooleanField(default=True)
    wait_for = serializers.ChoiceField(choices=WaitFor.CHOICES, default=WaitFor.ADDRESS)
    key = KEYS
    dryrun = serializers.BooleanField(default=False, help_text="Only show address, VMID and parameters.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Find the image on the System; refuse a misspelt field, which would otherwise count as left out."""
        unknown = sorted(set(self.initial_data) - set(self.fields))
        if unknown:
            raise serializers.ValidationError({name: ["There is no such field."] for name in unknown})
        images = GuestImage.objects.filter(system=attrs["system"])
        text = attrs["image"]
        found = images.filter(name=text).first() or (images.filter(pk=text).first() if _is_id(text) else None)
        if found is None:
            known = ", ".join(images.values_list("name", flat=True)) or "none"
            raise serializers.ValidationError({"image": [f"{attrs['system']} has no image {text!r}; it has: {known}."]})
        return {**attrs, "image": found, "ssh_keys": "\n".join(attrs["ssh_keys"])}


class AboutGuestBody(serializers.Serializer):
    """A guest that is there."""

    guest = NamedField(VirtualMachine)
    key = KEYS


class MoveBody(AboutGuestBody):
    """A guest, and where it goes."""

    profile = NamedField(NetworkProfile)
    justification = serializers.CharField(required=False, allow_blank=True, default="")


class DecommissionBody(AboutGuestBody):
    """A guest, and its name once more."""

    confirm = serializers.CharField(help_text="The name of the guest; what is destroyed does not come back.")
    backup_storage = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=255,
        help_text="A storage for backups; the guest is only destroyed once it is backed up there.",
    )


ANSWERS = {
    200: OpenApiResponse(GuestRequestSerializer, description="This key was asked before: the same request"),
    202: OpenApiResponse(GuestRequestSerializer, description="A worker carries it out; poll it"),
    400: OpenApiResponse(description="Names each field that is wrong"),
    403: OpenApiResponse(description="The permission provision_guestrequest or destroy_guestrequest is missing"),
    409: OpenApiResponse(description="The key names another request, or nothing is free"),
}
EXAMPLE = OpenApiExample(
    "A container",
    request_only=True,
    value={"name": "web1", "system": "wow-proxmox", "profile": "apps", "size": "small", "image": "debian12"},
)
DECOMMISSION_EXAMPLE = OpenApiExample(
    "With a last backup",
    request_only=True,
    value={"guest": "web1", "confirm": "web1", "backup_storage": "TSVMDS01"},
)
ACTION = {"detail": False, "methods": ["post"], "permission_classes": [StartPermissions], "filterset_class": None}


ASKING = frozenset({"create", "move", "decommission"})


class GuestRequestViewSet(NautobotModelViewSet):
    """What people want of guests: asked for and read, neither changed nor deleted."""

    queryset = GuestRequest.objects.all()
    serializer_class = GuestRequestSerializer
    filterset_class = GuestRequestFilterSet
    http_method_names = ["get", "post", "head", "options"]

    def restrict_queryset(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Leave out nothing where something is asked for: who lacks the permission is told so."""
        if self.action not in ASKING:
            super().restrict_queryset(request, *args, **kwargs)

    def get_permissions(self) -> list[Any]:
        """Whoever is logged in may ask; what else it takes is answered with a sentence."""
        return [StartPermissions()] if self.action in ASKING else list(super().get_permissions())

    @extend_schema(request=NewGuestBody, responses=ANSWERS, examples=[EXAMPLE], filters=False)
    def create(self, request: Request) -> Response:
        """Ask for a new guest."""
        if refused := _refused(request, "provision"):
            return refused
        body = NewGuestBody(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        dryrun, applications = given.pop("dryrun"), given.pop("application_list")
        given["applications"] = " ".join(applications)
        return _answered(
            request, lambda: ask.new_guest(request.user, guest_name=given.pop("name"), **given), dryrun=dryrun
        )

    @extend_schema(request=MoveBody, responses=ANSWERS, filters=False)
    @action(**ACTION)
    def move(self, request: Request) -> Response:
        """Ask for a guest to be moved to another network."""
        return self._about(request, MoveBody, RequestAction.MOVE, "provision")

    @extend_schema(request=DecommissionBody, responses=ANSWERS, examples=[DECOMMISSION_EXAMPLE], filters=False)
    @action(**ACTION)
    def decommission(self, request: Request) -> Response:
        """Ask for a guest to be destroyed, and everything it has given back."""
        return self._about(request, DecommissionBody, RequestAction.DECOMMISSION, "destroy")

    def _about(self, request: Request, body_class: Any, what: str, permission: str) -> Response:
        if refused := _refused(request, permission):
            return refused
        body = body_class(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        guest, confirm = given.pop("guest"), given.pop("confirm", None)
        if confirm is not None and confirm != guest.name:
            raise serializers.ValidationError({"confirm": [f"{confirm!r} is not the name of the guest."]})
        return _answered(request, lambda: ask.for_guest(request.user, what, guest, **given))


def _refused(request: Request, permission: str) -> Response | None:
    name = f"{permission}_guestrequest"
    if request.user.has_perm(f"nautobot_wow.{name}"):
        return None
    sentence = f"{request.user} may not {permission} guests; ask for the permission {name}."
    return Response({"detail": sentence}, status=status.HTTP_403_FORBIDDEN)


def _answered(request: Request, wanted: Any, *, dryrun: bool = False) -> Response:
    """Ask, hand it to a worker, and answer with the request; or show what would be."""
    try:
        asked = wanted()
        if dryrun:
            return Response(ask.preview(asked))
        kept = ask.submit(asked)
        is_new = kept.pk == asked.pk
        if is_new and kept.stage != RequestStage.WAITING:
            kept.enqueue()
    except ConfigurationError as error:
        return Response({"detail": str(error)}, status=status.HTTP_409_CONFLICT)
    except WowError as error:
        code = next((code for kind, code in CODES if isinstance(error, kind)), None)
        if code is None:
            return Response({"detail": str(error)}, status=status.HTTP_502_BAD_GATEWAY)
        return Response({"detail": str(error), **getattr(error, "detail", {})}, status=code)
    shown = GuestRequestSerializer(kept, context={"request": request}).data
    return Response(shown, status=status.HTTP_202_ACCEPTED if is_new else status.HTTP_200_OK)


def _is_id(text: str) -> bool:
    return len(text) == 36 and text.count("-") == 4
