package org.align4j.desk.judge;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.desk.judge.Vote.Ballot;
import org.align4j.desk.judge.Vote.Winner;
import org.jspecify.annotations.Nullable;

/**
 * Who is asked which pair. Several people vote at once: a pair goes to as many of them as the overlap says, to each once, and while somebody looks at it
 * it goes to nobody else. All that counts follows from the file of votes, so that a server that was killed goes on where it was.
 */
final class Voting {
    /** Behind the id of a pair that a person sees for the second time. */
    static final String REPEATED = ":2";

    /** Who wasn't heard of for so long has left; the pair that lay before that person goes to others. */
    static final Duration PATIENCE = Duration.ofMinutes(2);

    /** How many pairs must lie between a pair and its repeat, so that nobody repeats a vote by heart. */
    private static final int BETWEEN = 5;

    private final VoteFile file;
    private final List<BlindPair> pairs;
    private final List<BlindPair> golds;
    private final Rules rules;
    private final InstantSource clock;
    private final Map<String, BlindPair> byId = new LinkedHashMap<>();
    private final Map<String, Person> people = new LinkedHashMap<>();
    private final Map<String, Integer> votesOn = new HashMap<>();
    private final List<Cast> casts = new ArrayList<>();
    private int elsewhere;

    /**
     * Says how pairs are handed out.
     *
     * @param overlap how many people judge each pair
     * @param goldEvery after how many votes a person gets a pair whose answer is known; 0 for never
     * @param repeatEvery after how many votes a person gets a pair again; 0 for never
     * @param agreementAt over how many pairs with two votes the agreement is computed, once
     * @param seed of the places at which answers are shown
     */
    record Rules(int overlap, int goldEvery, int repeatEvery, int agreementAt, long seed) {}

    /**
     * A pair as it lies before a person.
     *
     * @param id under which the vote is kept
     * @param pair the pair
     * @param shownFirst the answer that is shown first
     * @param repeatOf the id of the person's first vote on it; null where this is the first
     */
    record Ticket(
            String id,
            BlindPair pair,
            Winner shownFirst,
            @Nullable String repeatOf) {}

    /** A vote as far as it decides who is asked next, and how people agree. */
    record Cast(
            String id,
            String annotator,
            Winner winner,
            Winner shownFirst,
            @Nullable Winner gold,
            @Nullable String repeatOf) {
        static Cast of(Vote vote) {
            return new Cast(
                    vote.id(),
                    vote.by().annotator(),
                    vote.winner(),
                    vote.shownFirst(),
                    vote.checked().gold(),
                    vote.checked().repeatOf());
        }

        /** Returns whether the vote says something of the pair, and not of the person alone. */
        boolean counts() {
            return gold == null && repeatOf == null;
        }
    }

    /** What there is for a person. */
    enum Standing {
        /** A pair to judge. */
        PAIR,
        /** Nothing but pairs that the person skipped. */
        SKIPPED,
        /** Nothing but pairs that lie before others, who may skip them. */
        WAITING,
        /** Nothing more. */
        DONE
    }

    /** What a person did last: a vote or a skip. */
    private record Action(Ticket ticket, boolean voted) {}

    private static final class Person {
        private final Map<String, Cast> cast = new LinkedHashMap<>();
        private final Set<String> skipped = new HashSet<>();
        private final Deque<Action> actions = new ArrayDeque<>();
        private @Nullable Ticket current;
        private Instant heard = Instant.MIN;

        long count(boolean gold) {
            return cast.values().stream()
                    .filter(vote -> gold ? vote.gold() != null : vote.counts())
                    .count();
        }

        long repeats() {
            return cast.values().stream()
                    .filter(vote -> vote.repeatOf() != null)
                    .count();
        }
    }

    /**
     * Goes on with what a file of votes holds.
     *
     * @param pairs in the order in which they are asked
     * @param golds pairs whose better answer is known
     */
    Voting(VoteFile file, List<BlindPair> pairs, List<BlindPair> golds, Rules rules, InstantSource clock) {
        this.file = file;
        this.pairs = List.copyOf(pairs);
        this.golds = List.copyOf(golds);
        this.rules = rules;
        this.clock = clock;
        golds.forEach(pair -> byId.put(pair.id(), pair));
        pairs.forEach(pair -> byId.put(pair.id(), pair));
        file.read(vote -> recall(Cast.of(vote)));
    }

    private void recall(Cast cast) {
        BlindPair pair = byId.get(cast.repeatOf() == null ? cast.id() : cast.repeatOf());
        if (pair == null) {
            elsewhere++;
            return;
        }
        count(cast, new Ticket(cast.id(), pair, cast.shownFirst(), cast.repeatOf()));
    }

    private void count(Cast cast, Ticket ticket) {
        Person person = person(cast.annotator());
        person.cast.put(cast.id(), cast);
        person.actions.addLast(new Action(ticket, true));
        casts.add(cast);
        if (cast.counts()) {
            votesOn.merge(cast.id(), 1, Integer::sum);
        }
    }

    private Person person(String annotator) {
        return people.computeIfAbsent(annotator, unseen -> new Person());
    }

    /** Returns what lies before a person, a pair that waits for the vote or else the next one; empty where there is none. */
    synchronized Optional<Ticket> ask(String annotator) {
        Person person = person(annotator);
        person.heard = clock.instant();
        Ticket current = person.current;
        if (current == null || isFull(current)) {
            person.current = next(annotator, person);
        }
        return Optional.ofNullable(person.current);
    }

    /** Returns whether others have judged a pair meanwhile as often as it is to be judged. */
    private boolean isFull(Ticket ticket) {
        return ticket.repeatOf == null
                && ticket.pair.gold() == null
                && votesOn.getOrDefault(ticket.id, 0) >= rules.overlap;
    }

    private @Nullable Ticket next(String annotator, Person person) {
        long judged = person.count(false);
        if (rules.goldEvery > 0 && judged / rules.goldEvery > person.count(true)) {
            for (BlindPair gold : golds) {
                if (!person.cast.containsKey(gold.id()) && !person.skipped.contains(gold.id())) {
                    return first(annotator, gold);
                }
            }
        }
        if (rules.repeatEvery > 0 && judged / rules.repeatEvery > person.repeats()) {
            Ticket repeat = repeat(person);
            if (repeat != null) {
                return repeat;
            }
        }
        for (BlindPair pair : pairs) {
            if (isOpen(person, pair) && !person.skipped.contains(pair.id()) && !isTaken(person, pair)) {
                return first(annotator, pair);
            }
        }
        return null;
    }

    /** The person's oldest vote that wasn't repeated yet, the other way round. */
    private @Nullable Ticket repeat(Person person) {
        List<Cast> own = person.cast.values().stream().filter(Cast::counts).toList();
        for (Cast cast : own.subList(0, Math.max(0, own.size() - BETWEEN))) {
            String id = cast.id() + REPEATED;
            BlindPair pair = byId.get(cast.id());
            if (pair != null && !person.cast.containsKey(id) && !person.skipped.contains(id)) {
                return new Ticket(id, pair, cast.shownFirst().other(), cast.id());
            }
        }
        return null;
    }

    /** Places the answers by a hash, so that a pair looks alike when a person comes back to it. */
    private Ticket first(String annotator, BlindPair pair) {
        String seeded = rules.seed + "\0" + annotator + "\0" + pair.id();
        int drawn = Hashing.sha256().hashString(seeded, StandardCharsets.UTF_8).asBytes()[0] & 1;
        return new Ticket(pair.id(), pair, drawn == 0 ? Winner.A : Winner.B, null);
    }

    private boolean isOpen(Person person, BlindPair pair) {
        return !person.cast.containsKey(pair.id()) && votesOn.getOrDefault(pair.id(), 0) < rules.overlap;
    }

    /** Returns whether a pair lies before as many others as its overlap has room for. */
    private boolean isTaken(Person asking, BlindPair pair) {
        Instant alive = clock.instant().minus(PATIENCE);
        long looking = people.values().stream()
                .filter(person -> person != asking
                        && person.heard.isAfter(alive)
                        && person.current != null
                        && person.current.id.equals(pair.id()))
                .count();
        return votesOn.getOrDefault(pair.id(), 0) + looking >= rules.overlap;
    }

    /** Says what there is for a person who has no pair. */
    synchronized Standing standing(String annotator) {
        Person person = person(annotator);
        if (person.current != null) {
            return Standing.PAIR;
        }
        List<BlindPair> open =
                pairs.stream().filter(pair -> isOpen(person, pair)).toList();
        if (open.stream().anyMatch(pair -> !person.skipped.contains(pair.id()))) {
            return Standing.WAITING;
        }
        return open.isEmpty() ? Standing.DONE : Standing.SKIPPED;
    }

    /**
     * Keeps a vote. A second one on the same pair, such as one that is sent again because the answer got lost, changes nothing.
     *
     * @param place of the better answer as it was shown, 0 or 1; null for a tie
     * @throws InputException where the pair wasn't asked
     */
    synchronized void vote(String id, @Nullable Integer place, Ballot ballot) {
        Person person = person(ballot.annotator());
        person.heard = clock.instant();
        if (person.cast.containsKey(id)) {
            return;
        }
        Ticket ticket = ticket(ballot.annotator(), person, id);
        BlindPair pair = ticket.pair;
        Winner winner = place == null ? Winner.TIE : place == 0 ? ticket.shownFirst : ticket.shownFirst.other();
        Vote vote = new Vote(
                id,
                pair.prompt(),
                new Vote.Answers(pair.match().firstAnswer(), pair.match().secondAnswer()),
                winner,
                ticket.shownFirst,
                ballot,
                new Vote.Checked(pair.gold(), ticket.repeatOf));
        file.add(vote);
        count(Cast.of(vote), ticket);
        person.skipped.remove(id);
        person.current = null;
    }

    private Ticket ticket(String annotator, Person person, String id) {
        if (person.current != null && person.current.id.equals(id)) {
            return person.current;
        }
        BlindPair pair = byId.get(id);
        if (pair == null) {
            throw new InputException("id is " + Shortened.of(id) + ", which is no pair that lies before " + annotator
                    + "; ask for the next one.");
        }
        return first(annotator, pair);
    }

    /** Puts the pair that lies before a person aside; nothing is kept of that. */
    synchronized void skip(String annotator, String id) {
        Person person = person(annotator);
        Ticket current = person.current;
        if (current != null && current.id.equals(id)) {
            person.skipped.add(id);
            person.actions.addLast(new Action(current, false));
            person.current = null;
        }
    }

    /** Lays the pairs before a person again that were skipped. */
    synchronized void again(String annotator) {
        person(annotator).skipped.clear();
    }

    /**
     * Takes back what a person did last; the pair lies before the person again.
     *
     * @return the vote that was taken out of the file; empty where it was a skip, or there is nothing to take back
     */
    synchronized Optional<Vote> undo(String annotator) {
        Person person = person(annotator);
        Action last = person.actions.peekLast();
        if (last == null) {
            return Optional.empty();
        }
        String id = last.ticket.id;
        Optional<Vote> taken = last.voted ? Optional.of(file.remove(annotator, id)) : Optional.empty();
        person.actions.removeLast();
        person.skipped.remove(id);
        person.current = last.ticket;
        Cast cast = last.voted ? person.cast.remove(id) : null;
        if (cast != null) {
            casts.remove(cast);
            if (cast.counts()) {
                votesOn.merge(id, -1, Integer::sum);
            }
        }
        return taken;
    }

    /**
     * Says how far people are.
     *
     * @param pairs how many there are, without those that check people
     * @param judged how many of them have all their votes
     * @param own how many the person judged
     * @param open how many are left for the person
     * @param people how many pairs each person judged
     * @param elsewhere votes of the file on pairs that aren't among these
     */
    record Progress(int pairs, int judged, int own, int open, Map<String, Integer> people, int elsewhere) {}

    /** Returns how far people are. */
    synchronized Progress progress(String annotator) {
        Person asking = people.getOrDefault(annotator, new Person());
        asking.heard = clock.instant();
        Map<String, Integer> counts = new LinkedHashMap<>();
        people.forEach((name, person) -> counts.put(name, (int) person.count(false)));
        return new Progress(
                pairs.size(),
                (int) pairs.stream()
                        .filter(pair -> votesOn.getOrDefault(pair.id(), 0) >= rules.overlap)
                        .count(),
                (int) asking.count(false),
                (int) pairs.stream().filter(pair -> isOpen(asking, pair)).count(),
                counts,
                elsewhere);
    }

    /** Returns the votes on these pairs in order. */
    synchronized List<Cast> casts() {
        return List.copyOf(casts);
    }

    /** Returns how people agree, over a number of pairs that was fixed before. */
    LiveAgreement agreement() {
        return LiveAgreement.of(
                casts(),
                rules.agreementAt,
                id -> Objects.requireNonNull(byId.get(id)).match().prompt().text());
    }
}
