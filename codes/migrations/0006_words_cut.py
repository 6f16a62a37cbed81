from django.db import migrations

from codes import search


def index_anew(apps, schema_editor):
    """The words of pages are cut as those of code sets are, so that one question is put to both."""
    for pk, words in apps.get_model("codes", "PublishedCode").objects.values_list("pk", "words"):
        search.index(pk, words)


class Migration(migrations.Migration):
    dependencies = [("codes", "0005_synonyms")]

    operations = [migrations.RunPython(index_anew, migrations.RunPython.noop)]
