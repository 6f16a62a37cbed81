import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("codes", "0003_phrases"),
        ("quizzes", "0002_undecided"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RenameField("attempt", "started_at", "created_at"),
        migrations.CreateModel(
            name="ExamPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="questions",
                    ),
                ),
                (
                    "rule",
                    models.CharField(
                        blank=True,
                        help_text="A kind of rule, such as units, or one rule, such as 99999/units.",
                        max_length=80,
                    ),
                ),
                ("format", models.CharField(blank=True, help_text="Empty: formats by turns.", max_length=40)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ExtraTime",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "percent",
                    models.PositiveSmallIntegerField(
                        help_text="On top of the limit.", validators=[django.core.validators.MaxValueValidator(400)]
                    ),
                ),
                ("why", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name_plural": "extra time",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(max_length=4000)),
                ("code", models.CharField(blank=True, max_length=12)),
                ("section", models.CharField(blank=True, max_length=60)),
                ("rule", models.CharField(blank=True, max_length=80)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["-changed_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("problem", "Something is wrong with the question"),
                            ("disagree", "I disagree with the grading"),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.TextField(max_length=2000)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="RuleMemory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule", models.CharField(max_length=80)),
                ("kind", models.CharField(max_length=40)),
                ("code", models.CharField(max_length=12)),
                ("stability", models.FloatField(help_text="Days until the chance of recall falls to nine in ten.")),
                ("difficulty", models.FloatField()),
                ("due", models.DateTimeField()),
                ("reviewed_at", models.DateTimeField()),
                ("reviews", models.PositiveIntegerField(default=0)),
                ("lapses", models.PositiveIntegerField(default=0)),
                (
                    "streak",
                    models.JSONField(default=list, help_text="Scenarios answered cleanly in a row, without hints."),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[("learning", "Learning"), ("steady", "Three in a row"), ("mastered", "Mastered")],
                        default="learning",
                        max_length=10,
                    ),
                ),
                ("steady_since", models.DateTimeField(blank=True, null=True)),
                ("first_met", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "rule memories",
                "ordering": ["due", "pk"],
            },
        ),
        migrations.CreateModel(
            name="RuleReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule", models.CharField(max_length=80)),
                ("kind", models.CharField(max_length=40)),
                ("category", models.CharField(max_length=30)),
                ("at", models.DateTimeField()),
                ("rating", models.PositiveSmallIntegerField(choices=[(1, "Again"), (2, "Hard"), (3, "Good")])),
                ("broken", models.BooleanField()),
                ("hints", models.PositiveSmallIntegerField(default=0)),
                (
                    "is_fresh",
                    models.BooleanField(help_text="Whether this very question had never been put before the person."),
                ),
                (
                    "recall",
                    models.FloatField(
                        help_text="The chance of recall that was expected; none at first contact.", null=True
                    ),
                ),
                (
                    "level_before",
                    models.CharField(
                        blank=True,
                        choices=[("learning", "Learning"), ("steady", "Three in a row"), ("mastered", "Mastered")],
                        max_length=10,
                    ),
                ),
                (
                    "level_after",
                    models.CharField(
                        choices=[("learning", "Learning"), ("steady", "Three in a row"), ("mastered", "Mastered")],
                        max_length=10,
                    ),
                ),
                ("due", models.DateTimeField(help_text="When it was due again after this.")),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.AlterModelOptions(
            name="attempt",
            options={"ordering": ["-created_at"]},
        ),
        migrations.AddField(
            model_name="answer",
            name="certainty",
            field=models.PositiveSmallIntegerField(choices=[(1, "Unsure"), (2, "Rather sure"), (3, "Sure")], null=True),
        ),
        migrations.AddField(
            model_name="answer",
            name="hints",
            field=models.PositiveSmallIntegerField(default=0, help_text="How many hints had been asked for."),
        ),
        migrations.AddField(
            model_name="answer",
            name="offline_seconds",
            field=models.PositiveIntegerField(
                help_text="How long it waited for a connection, as the browser says; the arrival counts.", null=True
            ),
        ),
        migrations.AddField(
            model_name="answer",
            name="tab",
            field=models.CharField(blank=True, help_text="Which opened page of a browser it came from.", max_length=36),
        ),
        migrations.AddField(
            model_name="attempt",
            name="begun_at",
            field=models.DateTimeField(
                help_text="When its first question was shown; the clock runs from here.", null=True
            ),
        ),
        migrations.AddField(
            model_name="attempt",
            name="deadline",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="attempt",
            name="minutes",
            field=models.PositiveSmallIntegerField(help_text="Time limit without anybody's extra time.", null=True),
        ),
        migrations.AddField(
            model_name="attempt",
            name="rules",
            field=models.JSONField(default=list, help_text="The rules the set was made for; empty: whatever comes."),
        ),
        migrations.AddField(
            model_name="attempt",
            name="sequential",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="attempt",
            name="source",
            field=models.CharField(
                choices=[
                    ("page", "One reference page"),
                    ("mixed", "A mixed set"),
                    ("weak", "Rules that you break"),
                    ("due", "Rules that are due"),
                    ("mistakes", "Questions that went wrong"),
                    ("flagged", "Questions that you flagged"),
                    ("unseen", "Scenarios that you have not seen"),
                    ("rules", "Chosen rules"),
                    ("variant", "A variant of a question"),
                    ("remediation", "A short set on one rule"),
                    ("exam", "An exam"),
                ],
                default="page",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="attempt",
            name="start_key",
            field=models.UUIDField(
                help_text="Idempotency key: the same form sent again starts no other set.", null=True
            ),
        ),
        migrations.AddField(
            model_name="attemptitem",
            name="flagged",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="attemptitem",
            name="hints",
            field=models.PositiveSmallIntegerField(default=0, help_text="How many hints were asked for, 3 at most."),
        ),
        migrations.AddField(
            model_name="attemptitem",
            name="left_at",
            field=models.DateTimeField(
                help_text="When it was skipped, or left behind in a sequential exam.", null=True
            ),
        ),
        migrations.AddField(
            model_name="attemptitem",
            name="marked",
            field=models.JSONField(default=list, help_text="Numbers of the sentences that were marked."),
        ),
        migrations.AddField(
            model_name="attemptitem",
            name="ruled_out",
            field=models.JSONField(default=list, help_text="Ids of the options that were ruled out."),
        ),
        migrations.AddField(
            model_name="questionversion",
            name="case",
            field=models.CharField(
                blank=True, help_text="Digest of the encounter, whatever the format.", max_length=16
            ),
        ),
        migrations.AlterField(
            model_name="answer",
            name="created_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AlterField(
            model_name="answer",
            name="state",
            field=models.CharField(
                choices=[("draft", "Draft"), ("submitted", "Submitted"), ("late", "Late: kept, not counted")],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="attempt",
            name="created_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AlterField(
            model_name="attempt",
            name="mode",
            field=models.CharField(
                choices=[
                    ("tutor", "Tutor: feedback after each question"),
                    ("exam", "Exam: no hints, feedback at the end"),
                ],
                default="tutor",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="grading",
            name="created_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.CreateModel(
            name="Exam",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120)),
                ("description", models.TextField(blank=True, help_text="Shown before the exam begins.")),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Time limit; empty for none. Extra time is given by person.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                    ),
                ),
                (
                    "order",
                    models.CharField(
                        choices=[
                            ("free", "Free: go back and forth"),
                            ("sequential", "One after the other, without going back"),
                        ],
                        default="free",
                        max_length=10,
                    ),
                ),
                (
                    "attempts_allowed",
                    models.PositiveSmallIntegerField(
                        default=1, validators=[django.core.validators.MinValueValidator(1)]
                    ),
                ),
                (
                    "release",
                    models.CharField(
                        choices=[
                            ("at end", "When the exam is finished"),
                            ("by author", "When the author releases them"),
                        ],
                        default="at end",
                        max_length=10,
                        verbose_name="results are shown",
                    ),
                ),
                ("released_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "pass_percent",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Share of clean answers that passes; empty: nobody passes or fails.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                    ),
                ),
                ("is_open", models.BooleanField(default=False, verbose_name="can be taken")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["title", "pk"],
            },
        ),
        migrations.AddField(
            model_name="attempt",
            name="exam",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="attempts", to="quizzes.exam"
            ),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(condition=models.Q(("finished_at", None)), fields=["deadline"], name="open_by_deadline"),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.UniqueConstraint(fields=("person", "start_key"), name="one_attempt_a_start"),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("finished_at", None)), fields=("person", "exam"), name="one_open_attempt_an_exam"
            ),
        ),
        migrations.AddField(
            model_name="exampart",
            name="code",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="codes.code"
            ),
        ),
        migrations.AddField(
            model_name="exampart",
            name="exam",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="quizzes.exam"
            ),
        ),
        migrations.AddField(
            model_name="extratime",
            name="exam",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="extra_time",
                to="quizzes.exam",
            ),
        ),
        migrations.AddField(
            model_name="extratime",
            name="granted_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="extratime",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="extra_time", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="note",
            name="item",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="notes",
                to="quizzes.attemptitem",
            ),
        ),
        migrations.AddField(
            model_name="note",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="notes", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="answer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="reports", to="quizzes.answer"
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="reports", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="rulememory",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="memories", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="rulereview",
            name="grading",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="reviews", to="quizzes.grading"
            ),
        ),
        migrations.AddField(
            model_name="rulereview",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="reviews", to="quizzes.attemptitem"
            ),
        ),
        migrations.AddField(
            model_name="rulereview",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="reviews", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="rulememory",
            index=models.Index(fields=["person", "due"], name="memory_by_due"),
        ),
        migrations.AddConstraint(
            model_name="rulememory",
            constraint=models.UniqueConstraint(fields=("person", "rule"), name="one_memory_a_rule"),
        ),
        migrations.AddIndex(
            model_name="rulereview",
            index=models.Index(fields=["person", "at"], name="reviews_by_time"),
        ),
        migrations.AddIndex(
            model_name="rulereview",
            index=models.Index(fields=["person", "rule", "at"], name="reviews_by_rule"),
        ),
        migrations.AddConstraint(
            model_name="rulereview",
            constraint=models.UniqueConstraint(fields=("grading", "rule"), name="one_review_a_grading_and_rule"),
        ),
    ]
