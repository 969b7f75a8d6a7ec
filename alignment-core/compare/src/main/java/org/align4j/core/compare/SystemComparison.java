package org.align4j.core.compare;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.compare.ComparisonResult.AgreementResult;
import org.align4j.core.compare.ComparisonResult.GroupResult;
import org.align4j.core.compare.ComparisonResult.JudgeResult;
import org.align4j.core.compare.ComparisonResult.SystemFacts;
import org.align4j.core.compare.JudgeRecord.PromptGroups;
import org.align4j.core.compare.JudgeVerdict.Ruling;
import org.align4j.core.compare.answers.AskedPrompt;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.compare.answers.MatchedAnswers;
import org.align4j.core.compare.answers.SystemAnswers;
import org.align4j.core.compare.judge.Judge;
import org.align4j.core.compare.judge.ScoreJudge;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.error.InputException;
import org.align4j.core.eval.ClusterBootstrap;
import org.align4j.core.eval.win.AlpacaAnchors;
import org.align4j.core.eval.win.BradleyTerry;
import org.align4j.core.eval.win.BradleyTerry.Contest;
import org.align4j.core.eval.win.JudgeAgreement;
import org.align4j.core.eval.win.JudgeAgreement.JudgedItem;
import org.align4j.core.figure.ScaledFigure;
import org.align4j.core.terminal.Progress;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.verdict.AnswerFaults;
import org.align4j.core.verdict.Judgement;
import org.jspecify.annotations.Nullable;

/**
 * Compares systems: each judge rules on every two answers to a prompt, and figures with intervals are made of what it says. Judges
 * are opened one after the other, so that one model at a time is in memory.
 */
public final class SystemComparison {
    private static final String NOTE = "Note: ";

    private final MatchedAnswers answers;
    private final ComparisonRules rules;
    private final Map<String, Supplier<Judge>> judges = new LinkedHashMap<>();
    private final List<JudgeRecord> records = new ArrayList<>();
    private @Nullable AlpacaAnchors alpaca;

    /**
     * Prepares a comparison.
     *
     * @param answers of two or more systems
     * @throws InputException where there is one system only
     */
    public SystemComparison(MatchedAnswers answers, ComparisonRules rules) {
        if (answers.systems().size() < 2) {
            throw new InputException("There is one system only; a comparison needs two or more.");
        }
        this.answers = answers;
        this.rules = rules;
    }

    /**
     * Adds a judge.
     *
     * @param name what it is called in all files, without what may be secret in an address
     * @param opened opens it when its turn comes; it is closed afterwards
     */
    public SystemComparison judge(String name, Supplier<Judge> opened) {
        String told = AddressSecrets.removed(name);
        if (judges.put(told, opened) != null) {
            throw new InputException(format("judge names %s twice; name it once.", told));
        }
        return this;
    }

    /**
     * Controls for length as AlpacaEval 2 does, rather than by the answers that are compared alone.
     *
     * @param anchors AlpacaEval's data, as {@link AlpacaFiles} reads it
     * @throws InputException where the prompts that are compared aren't as many as AlpacaEval's instructions, numbered as they are
     */
    public SystemComparison controlledAsAlpacaEval(AlpacaAnchors anchors) {
        Set<Integer> rows =
                answers.prompts().stream().map(AskedPrompt::row).collect(Collectors.toCollection(TreeSet::new));
        Set<Integer> instructions = anchors.difficulties().keySet();
        if (!rows.equals(instructions)) {
            throw new InputException(format(
                    "alpaca-difficulty holds %,d instructions, but %,d prompts are compared, %,d of which have their"
                            + " numbers; AlpacaEval's length control is for answers of all systems to all of its"
                            + " instructions, in its order.",
                    instructions.size(),
                    rows.size(),
                    rows.stream().filter(instructions::contains).count()));
        }
        alpaca = anchors;
        return this;
    }

    /**
     * Asks all judges and computes the figures.
     *
     * @param log hears how each judge gets on, and of what was found or counted
     * @throws InputException where a judge can't be opened, or there is none
     * @throws org.align4j.core.error.RunException where a judge fails
     */
    public ComparisonResult run(TrainingLog log) {
        if (judges.isEmpty()) {
            throw new InputException("No judge is named; give one.");
        }
        answers.notes().forEach(note -> log.note(NOTE + note));
        records.clear();
        judges.forEach((name, opened) -> records.add(ask(name, opened, log)));
        return result();
    }

    /** Lists every verdict of the last run, judge by judge, in the order of the prompts. */
    public List<JudgeVerdict> verdicts() {
        return records.stream().flatMap(each -> each.verdicts().stream()).toList();
    }

    /**
     * Returns the last run's win rate of each system but the first, by each judge, a value a match. It is compared with others of its judge
     * against the same system on the same prompts alone.
     */
    public List<ScaledFigure> winRates() {
        return records.stream()
                .flatMap(each -> answers.systems().stream()
                        .skip(1)
                        .map(system -> each.winRate(system.name()))
                        .flatMap(Optional::stream))
                .toList();
    }

    private JudgeRecord ask(String name, Supplier<Judge> opened, TrainingLog log) {
        try (Judge judge = opened.get()) {
            List<Match> matches = matches(judge instanceof ScoreJudge || rules.allPairs());
            int asked = (int) matches.stream().filter(judge::isAsked).count();
            List<Ruling> rulings = ruled(judge, matches, log.progress(name, asked));
            if (asked < matches.size()) {
                log.note(format(
                        NOTE + "%,d pairs of answers are equal word for word; they are ties, and %s was not asked.",
                        matches.size() - asked,
                        name));
            }
            if (!judge.cost().isEmpty()) {
                log.note(NOTE + judge.cost());
            }
            List<JudgeVerdict> verdicts = new ArrayList<>();
            for (int i = 0; i < matches.size(); i++) {
                verdicts.add(new JudgeVerdict(name, matches.get(i), rulings.get(i)));
            }
            return new JudgeRecord(name, first(), verdicts);
        }
    }

    private String first() {
        return answers.systems().get(0).name();
    }

    private List<Match> matches(boolean all) {
        List<Match> matches = new ArrayList<>();
        for (int one = 0; one < (all ? answers.systems().size() : 1); one++) {
            for (int other = one + 1; other < answers.systems().size(); other++) {
                matches.addAll(answers.matches(one, other));
            }
        }
        return matches;
    }

    private ComparisonResult result() {
        ClusterBootstrap bootstrap = rules.bootstrap();
        List<String> names = answers.systems().stream().map(SystemAnswers::name).toList();
        List<JudgeResult> results = records.stream()
                .flatMap(each -> each.results(names, alpaca, bootstrap).stream())
                .toList();
        PromptGroups parts = new PromptGroups(answers.prompts());
        List<GroupResult> groups = new ArrayList<>();
        for (JudgeRecord each : records) {
            for (String system : names.subList(1, names.size())) {
                groups.addAll(parts.results(each.judge(), system, each.against(system), bootstrap));
            }
        }
        List<SystemFacts> facts = facts();
        return new ComparisonResult(
                facts,
                answers.prompts().size(),
                results,
                agreement(names, bootstrap),
                ratings(bootstrap),
                groups,
                losses(names),
                Stream.concat(
                                results.stream().flatMap(result -> sentences(result, facts)),
                                facts.stream().flatMap(SystemComparison::faults))
                        .toList(),
                answers.notes(),
                rules.seed());
    }

    /** Says what a judge's figures come to, then what is to be known of the judge. */
    private Stream<String> sentences(JudgeResult result, List<SystemFacts> facts) {
        int system =
                answers.systems().stream().map(SystemAnswers::name).toList().indexOf(result.system());
        Judgement judgement = WinJudgement.of(result, facts.get(system), facts.get(0));
        return Stream.concat(Stream.of(judgement.headline()), judgement.reasons().stream())
                .map(sentence -> result.judge() + ": " + sentence);
    }

    /** Warns of a system's answers that are empty, endless or repetitive. */
    private static Stream<String> faults(SystemFacts system) {
        AnswerFaults faults = system.faults();
        List<String> parts = new ArrayList<>();
        Integer endless = faults.endless();
        if (faults.empty() > 0) {
            parts.add(format("%.1f %% are empty", 100 * system.empty()));
        }
        if (endless != null && endless > 0) {
            parts.add(format("%.1f %% have no end", 100.0 * endless / system.answers()));
        }
        if (faults.repeated() > 0) {
            parts.add(format("%.1f %% repeat themselves", 100 * system.repeated()));
        }
        return parts.isEmpty()
                ? Stream.empty()
                : Stream.of(format(
                        "Warning: of %,d answers of %s %s.",
                        system.answers(), system.name(), String.join(", ", parts)));
    }

    private List<SystemFacts> facts() {
        List<SystemFacts> facts = new ArrayList<>();
        for (int i = 0; i < answers.systems().size(); i++) {
            List<String> all = new ArrayList<>();
            long characters = 0;
            for (int prompt = 0; prompt < answers.prompts().size(); prompt++) {
                for (String text : answers.texts(i, prompt)) {
                    all.add(text);
                    characters += JudgeRecord.length(text);
                }
            }
            SystemAnswers system = answers.systems().get(i);
            AnswerFaults faults = AnswerFaults.of(all, null);
            double count = all.size();
            facts.add(new SystemFacts(
                    system.name(),
                    system.source(),
                    all.size(),
                    characters / count,
                    answers.finished(i),
                    faults.empty() / count,
                    faults.repeated() / count));
        }
        return facts;
    }

    private List<AgreementResult> agreement(List<String> names, ClusterBootstrap bootstrap) {
        List<AgreementResult> agreement = new ArrayList<>();
        for (int one = 0; one < records.size(); one++) {
            for (int other = one + 1; other < records.size(); other++) {
                List<JudgedItem> items = items(records.get(one), records.get(other), names);
                Optional<JudgeAgreement> figures = JudgeAgreement.kappa(items, 0, 1, bootstrap);
                String first = records.get(one).judge();
                String second = records.get(other).judge();
                figures.ifPresent(found -> agreement.add(new AgreementResult(first, second, found)));
            }
        }
        return agreement;
    }

    private static List<JudgedItem> items(JudgeRecord one, JudgeRecord other, List<String> names) {
        List<JudgedItem> items = new ArrayList<>();
        for (String system : names.subList(1, names.size())) {
            List<JudgeVerdict> first = one.against(system);
            List<JudgeVerdict> second = other.against(system);
            for (int i = 0; i < first.size(); i++) {
                List<@Nullable String> words = new ArrayList<>();
                words.add(JudgeRecord.word(first.get(i).ruling()));
                words.add(JudgeRecord.word(second.get(i).ruling()));
                items.add(new JudgedItem(first.get(i).match().prompt().text(), words));
            }
        }
        return items;
    }

    private @Nullable BradleyTerry ratings(ClusterBootstrap bootstrap) {
        List<Contest> contests = new ArrayList<>();
        for (JudgeVerdict verdict : records.get(0).verdicts()) {
            Double preference = verdict.ruling().preference();
            Match match = verdict.match();
            if (preference != null) {
                contests.add(new Contest(match.prompt().text(), match.second(), match.first(), preference));
            }
        }
        return answers.systems().size() < 3 || contests.isEmpty() ? null : BradleyTerry.of(contests, bootstrap);
    }

    /** The clearest losses of each system but the first, by the first judge. */
    private List<JudgeVerdict> losses(List<String> names) {
        List<JudgeVerdict> losses = new ArrayList<>();
        for (String system : names.subList(1, names.size())) {
            records.get(0).against(system).stream()
                    .filter(verdict -> "loss".equals(JudgeRecord.word(verdict.ruling())))
                    .sorted(Comparator.comparingDouble(SystemComparison::lead))
                    .limit(rules.losses())
                    .forEach(losses::add);
        }
        return losses;
    }

    private static List<Ruling> ruled(Judge judge, List<Match> matches, Progress shown) {
        try (shown) {
            return judge.rulings(matches, shown::advance);
        }
    }

    /** Returns how far the second system is ahead: below 0 where it lost. */
    private static double lead(JudgeVerdict verdict) {
        Ruling.Scores scores = verdict.ruling().scores();
        return scores == null
                ? Objects.requireNonNull(verdict.ruling().preference()) - 1
                : scores.second() - scores.first();
    }
}
