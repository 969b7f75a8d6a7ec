package org.align4j.desk.judge;

import static org.align4j.core.error.RootFormat.format;

import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import org.align4j.core.page.Wording;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.terminal.Terminal;
import org.align4j.desk.judge.PairSources.Found;
import org.align4j.desk.judge.Vote.Winner;
import org.align4j.desk.judge.Voting.Cast;
import org.align4j.web.Limits;
import org.align4j.web.LocalServer;
import org.align4j.web.LocalServer.Listening;
import org.align4j.web.PageToken;

/** {@code align judge}: a page on which people judge pairs of answers, blind, until they are through or the command is stopped. */
public final class JudgeCommand extends NamedCommand<VotingOptions> {
    /** Names the command. */
    public JudgeCommand() {
        super("judge", "a page on which people judge pairs of answers, blind; votes to train on", VotingOptions.class);
    }

    @Override
    public boolean waitsForPeople() {
        return true;
    }

    @Override
    public int run(VotingOptions options, Terminal terminal) {
        return StopSignal.keeping(() -> {
            Found found = new PairSources(options).read();
            terminal.notes(found.notes());
            try (VoteFile file = VoteFile.open(options.asked().out())) {
                List<BlindPair> pairs = ordered(found.pairs(), options, terminal);
                Voting voting = new Voting(file, pairs, found.golds(), options.rules(), InstantSource.system());
                int exit = serve(voting, options, terminal);
                summary(voting).forEach(terminal::log);
                return exit;
            }
        });
    }

    private static List<BlindPair> ordered(List<BlindPair> pairs, VotingOptions options, Terminal terminal) {
        List<BlindPair> ordered = options.ordering().judge().isEmpty()
                ? pairs
                : Disagreement.order(
                        pairs,
                        options.ordering().judge(),
                        new JudgeSetting(options.engine(), options.judging(), ConsoleLog.of(terminal)));
        Integer limit = options.ordering().limit();
        return limit == null ? ordered : ordered.subList(0, Math.min(limit, ordered.size()));
    }

    private static int serve(Voting voting, VotingOptions options, Terminal terminal) {
        PageToken token = PageToken.fresh();
        VotingPage page = new VotingPage(voting, token, options.page().annotator());
        try (LocalServer server = LocalServer.start(
                new Listening("127.0.0.1", options.page().port(), List.of()),
                Limits.usual(),
                List.of(page, page.page(), VotingPage.files()))) {
            URI address = token.asked(server.address());
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("url", address.toString());
            document.put("pid", ProcessHandle.current().pid());
            terminal.resultLine(document);
            terminal.print(address.toString());
            Voting.Progress progress =
                    voting.progress(String.valueOf(options.page().annotator()));
            terminal.log(format(
                    "%s to judge, %,d of them judged already; open the address in a browser of this machine. Ctrl-C ends it; the same command goes on.",
                    Wording.count(progress.pairs(), "pair", "pairs"), progress.judged()));
            if (progress.elsewhere() > 0) {
                terminal.log(format(
                        "Note: %,d votes of %s are on other pairs; they stay as they are.",
                        progress.elsewhere(), options.asked().out()));
            }
            return StopSignal.awaitStop();
        }
    }

    /** Says what there is, by person: votes, on how many gold pairs the person was right, and on how many repeats alike. */
    private static List<String> summary(Voting voting) {
        Map<String, List<Cast>> people = voting.casts().stream()
                .collect(Collectors.groupingBy(Cast::annotator, LinkedHashMap::new, Collectors.toList()));
        List<String> lines = new ArrayList<>();
        people.forEach((name, casts) -> lines.add(name + ": " + of(casts)));
        lines.add(voting.agreement().sentence());
        return lines;
    }

    private static String of(List<Cast> casts) {
        List<Cast> votes = casts.stream().filter(Cast::counts).toList();
        List<Cast> golds = casts.stream().filter(cast -> cast.gold() != null).toList();
        List<Cast> repeats =
                casts.stream().filter(cast -> cast.repeatOf() != null).toList();
        Map<String, Winner> first =
                votes.stream().collect(Collectors.toMap(Cast::id, Cast::winner, (one, other) -> one));
        return format("%s, %,d of them ties", Wording.count(votes.size(), "vote", "votes"), ties(votes))
                + (golds.isEmpty()
                        ? ""
                        : format(
                                ", right on %,d of %,d gold pairs",
                                golds.stream()
                                        .filter(cast -> cast.winner() == cast.gold())
                                        .count(),
                                golds.size()))
                + (repeats.isEmpty()
                        ? ""
                        : format(
                                ", alike on %,d of %,d repeats",
                                repeats.stream()
                                        .filter(cast -> cast.winner() == first.get(cast.repeatOf()))
                                        .count(),
                                repeats.size()));
    }

    private static long ties(List<Cast> votes) {
        return votes.stream().filter(cast -> cast.winner() == Winner.TIE).count();
    }
}
