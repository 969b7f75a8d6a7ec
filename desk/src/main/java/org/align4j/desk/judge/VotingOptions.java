package org.align4j.desk.judge;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.compare.judge.JudgeOptions;
import org.align4j.core.compare.judge.Judges;
import org.align4j.core.data.file.FileForm;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.EngineOptions;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align judge}.
 *
 * @param layout how the files of pairs are laid out
 */
record VotingOptions(
        AskedOptions asked,
        ExaminedOptions examined,
        ControlOptions control,
        AgreementOptions agreement,
        OrderOptions ordering,
        PageOptions page,
        LogOptions layout,
        JudgeOptions judging,
        EngineOptions engine) {
    /** The answers or pairs that people vote on. */
    record AskedOptions(
            @Option(
                    help =
                            "Files of answers, one a system, as align compare reads them (answers-NAME.jsonl of its folder, too); the first is shown against each other one.",
                    defaultValue = "")
            List<String> answers,

            @Option(
                    help =
                            "Pairs in any layout that trainings read; files, globs, comma separated; their labels stay hidden.",
                    defaultValue = "")
            List<String> data,

            @Option(help = "The file of votes, .jsonl; votes that it holds stand, and the rest is asked.")
            Path out,

            @Option(
                    help =
                            "With answers: the rows that were answered, where the answers' files have their prompts rendered.",
                    defaultValue = "")
            List<String> prompts,

            @Option(
                    help = "With answers: what the systems are called, in order, for recorded: judges.",
                    defaultValue = "")
            List<String> names,

            @Option(
                    help =
                            "With answers of three systems or more: each two are shown, not only the first and each other one.")
            boolean allPairs) {}

    /** Which of the doctor's findings are asked about. */
    record ExaminedOptions(
            @Option(help = "With data: findings.jsonl of align doctor; only the rows that it names are asked.")
            @Nullable
            Path findings,

            @Option(
                    help =
                            "With findings: the checks whose rows are asked, such as label-noise,contradictions; all without it.",
                    defaultValue = "")
            List<String> checks) {}

    /** How voters are checked. */
    record ControlOptions(
            @Option(
                    help =
                            "Pairs whose better answer is known, mixed in to check who votes; their votes say gold and aren't trained on.",
                    defaultValue = "")
            List<String> gold,

            @Option(
                    help = "Votes of a person after which a gold pair comes; fewer check more often.",
                    defaultValue = "10")
            int goldEvery,

            @Option(
                    help =
                            "Votes of a person after which one of the own pairs comes again, the other way round; fewer check more often.",
                    unset = "never")
            @Nullable
            Integer repeatEvery) {}

    /** How many people judge a pair. */
    record AgreementOptions(
            @Option(
                    help = "People that judge each pair; more show how people agree, and take longer.",
                    defaultValue = "1")
            int overlap,

            @Option(
                    help =
                            "Pairs with two votes from which the page computes the agreement, once; more make its interval narrower.",
                    defaultValue = "50")
            int agreementAt) {}

    /** The order in which pairs are asked, and how many. */
    record OrderOptions(
            @Option(
                    help =
                            "The order of pairs: as in the files, drawn by the seed, or where judges disagree most first.",
                    defaultValue = "given")
            Order order,

            @Option(
                    help =
                            "With order uncertain: reward models and other judges, as align compare takes them; of one judge, its closest calls come first.",
                    defaultValue = "")
            List<String> judge,

            @Option(help = "Pairs that are asked, from the beginning of the order; more take longer.", unset = "all")
            @Nullable
            Integer limit) {}

    /** The page, and who votes on it. */
    record PageOptions(
            @Option(help = "Who votes; without it the page asks for a name. Others give theirs on the page.") @Nullable
            String annotator,

            @Option(help = "The port on loopback; 0 takes a free one.", defaultValue = "0")
            int port) {}

    /**
     * How the files of pairs are laid out.
     *
     * @param form how the files are written
     */
    record LogOptions(
            @Option(
                    help = "Layout of data and gold; auto recognises it by the first row of each file.",
                    defaultValue = "auto")
            RowFormat format,

            @Option(help = "What data and gold call the columns, such as prompt=question.", defaultValue = "")
            Map<String, String> columns,

            FileForm form) {
        LogOptions {
            columns = new Columns(columns).names();
        }
    }

    /** The order in which pairs are asked. */
    enum Order {
        /** The order of the files. */
        GIVEN,
        /** An order that is drawn by the seed. */
        RANDOM,
        /** Pairs on which judges disagree most come first. */
        UNCERTAIN
    }

    /** Checks what goes together. */
    VotingOptions {
        if (asked.answers().isEmpty() == asked.data().isEmpty()) {
            throw new InputException(
                    asked.answers().isEmpty()
                            ? "There is nothing to judge; give answers, files of two or more systems, or data, pairs."
                            : "answers and data are both given, but pairs come of one of them; leave one out.");
        }
        if (asked.answers().size() == 1) {
            throw new InputException(
                    "answers names one file only, but pairs need those of two systems or more; give another one.");
        }
        if (asked.answers().isEmpty()
                && (!asked.prompts().isEmpty() || !asked.names().isEmpty() || asked.allPairs())) {
            throw new InputException(
                    "prompts, names and all-pairs belong to answers, but data is given; leave them out.");
        }
        if (!asked.names().isEmpty() && asked.names().size() != asked.answers().size()) {
            throw new InputException("names has " + asked.names().size() + " names, but there are "
                    + asked.answers().size() + " systems; give one each, in order.");
        }
        if (examined.findings() != null && asked.data().isEmpty()) {
            throw new InputException(
                    "findings names rows of the data that the doctor examined; give the files as data.");
        }
        if (examined.findings() == null && !examined.checks().isEmpty()) {
            throw new InputException("checks chooses among findings, but none are given; give findings.");
        }
        if ((ordering.order() == Order.UNCERTAIN) == ordering.judge().isEmpty()) {
            throw new InputException(
                    ordering.judge().isEmpty()
                            ? "order is uncertain, but nobody is named whose disagreement counts; give judge, such as reward:A,reward:B."
                            : "judge belongs to order uncertain, but order is "
                                    + ordering.order().name().toLowerCase(Locale.ROOT) + "; leave one out.");
        }
        Judges.require(ordering.judge(), judging);
        InputException.requireAtLeast(1, "overlap", agreement.overlap(), "3 shows how people agree");
        InputException.requireAtLeast(1, "gold-every", control.goldEvery(), "10 is usual");
        InputException.requireAtLeast(2, "agreement-at", agreement.agreementAt(), "50 is usual");
        if (control.repeatEvery() != null) {
            InputException.requireAtLeast(1, "repeat-every", control.repeatEvery(), "20 is usual");
        }
        if (ordering.limit() != null) {
            InputException.requireAtLeast(1, "limit", ordering.limit(), "leave it out for all");
        }
        if (page.port() < 0 || page.port() > 65535) {
            throw new InputException("port is " + page.port() + " but must be 0 to 65535; 0 takes a free one.");
        }
        if (page.annotator() != null) {
            VotingPage.requireName(page.annotator());
        }
    }

    Voting.Rules rules() {
        return new Voting.Rules(
                agreement.overlap(),
                control.gold().isEmpty() ? 0 : control.goldEvery(),
                control.repeatEvery() == null ? 0 : control.repeatEvery(),
                agreement.agreementAt(),
                engine.seed());
    }
}
