from django.apps import AppConfig


class EditorialConfig(AppConfig):
    """Where pages are written, reviewed and published, and questions are judged by their answers."""

    name = "editorial"
    verbose_name = "Editing"

    def ready(self) -> None:
        """Hear when somebody is erased, and say what is held of a person here."""
        from courses.privacy.exporting import ALSO
        from courses.tending import also
        from editorial import answer_letters, data_loads, letters, receivers, reviewing
        from editorial.models import FormDraft

        assert receivers
        letters.register()
        answer_letters.register()
        also(reviewing.tend)
        also(data_loads.tend)
        ALSO["unsaved_texts"] = lambda person: FormDraft.objects.filter(person=person)
