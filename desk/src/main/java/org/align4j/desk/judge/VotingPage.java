package org.align4j.desk.judge;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.text.Message;
import org.align4j.desk.judge.Vote.Ballot;
import org.align4j.desk.judge.Vote.Winner;
import org.align4j.desk.judge.Voting.Ticket;
import org.align4j.web.Body;
import org.align4j.web.PageToken;
import org.align4j.web.Pages;
import org.align4j.web.Routes;
import org.jspecify.annotations.Nullable;

/**
 * The page on which people judge, and what its script asks. Nothing of a pair is shown without the token of the page's address, and the page learns of
 * a pair its words alone: no system, no label, not whether it checks the person.
 */
final class VotingPage implements Routes {
    private static final String API = "/judge/api";
    private static final int LONGEST_NAME = 64;
    private static final long LONGEST_BODY = 4 << 20;
    private static final double LONGEST_SECONDS = 1e6;

    private final Voting voting;
    private final PageToken token;
    private final @Nullable String annotator;

    /** @param annotator the name under which the page begins; null where it asks for one */
    VotingPage(Voting voting, PageToken token, @Nullable String annotator) {
        this.voting = voting;
        this.token = token;
        this.annotator = annotator;
    }

    /** Returns the page's scripts and styles, which hold nothing of anybody's. */
    static Pages files() {
        return new Pages(
                VotingPage.class,
                Map.of(
                        "/judge/page.css", "page.css",
                        "/judge/page.js", "page.js",
                        "/judge/markdown.js", "markdown.js"));
    }

    /** Returns the page itself, which only who has its address gets. */
    Routes page() {
        Pages page = new Pages(VotingPage.class, Map.of("/", "index.html"));
        return new Routes() {
            @Override
            public String prefix() {
                return "";
            }

            @Override
            public void mount(RoutesConfig routes) {
                routes.before("/", token::require);
                page.mount(routes);
            }
        };
    }

    /**
     * Refuses what can't be the name of a person.
     *
     * @throws InputException saying what a name is
     */
    static String requireName(String given) {
        String name = given.strip();
        if (name.isEmpty() || name.length() > LONGEST_NAME || name.codePoints().anyMatch(Character::isISOControl)) {
            throw new InputException("annotator is " + Shortened.of(given) + " but must be a name of 1 to "
                    + LONGEST_NAME + " characters in one line.");
        }
        return name;
    }

    @Override
    public String prefix() {
        return API;
    }

    @Override
    public void mount(RoutesConfig routes) {
        routes.before(API + "/*", token::require);
        routes.get(API + "/start", ctx -> ctx.json(start()));
        routes.post(API + "/next", ctx -> answer(ctx, (name, body) -> {}));
        routes.post(API + "/vote", ctx -> answer(ctx, this::vote));
        routes.post(API + "/skip", ctx -> answer(ctx, (name, body) -> voting.skip(name, text(body, "id"))));
        routes.post(API + "/again", ctx -> answer(ctx, (name, body) -> voting.again(name)));
        routes.post(API + "/undo", this::undo);
        routes.post(API + "/progress", ctx -> {
            String name = requireName(text(Body.json(ctx, LONGEST_BODY), "annotator"));
            ctx.json(progress(name));
        });
    }

    private Map<String, Object> start() {
        return annotator == null ? Map.of() : Map.of("annotator", annotator);
    }

    private void answer(Context ctx, BiConsumer<String, JsonNode> action) throws IOException {
        JsonNode body = Body.json(ctx, LONGEST_BODY);
        String name = requireName(text(body, "annotator"));
        action.accept(name, body);
        ctx.json(asked(name));
    }

    private void undo(Context ctx) throws IOException {
        String name = requireName(text(Body.json(ctx, LONGEST_BODY), "annotator"));
        Optional<Vote> taken = voting.undo(name);
        Map<String, @Nullable Object> asked = asked(name);
        taken.ifPresent(vote -> {
            Map<String, @Nullable Object> was = new LinkedHashMap<>();
            was.put("note", vote.by().note());
            was.put("edited", vote.by().edited());
            was.put("place", vote.winner() == Winner.TIE ? null : vote.winner() == vote.shownFirst() ? 0 : 1);
            asked.put("was", was);
        });
        ctx.json(asked);
    }

    private void vote(String name, JsonNode body) {
        String choice = text(body, "choice");
        Integer place = switch (choice) {
            case "first" -> 0;
            case "second" -> 1;
            case "tie", "both_bad" -> null;
            default ->
                throw new InputException(
                        "choice is " + Shortened.of(choice) + " but must be first, second, tie or both_bad.");
        };
        double seconds = body.path("seconds").asDouble(Double.NaN);
        if (!(seconds >= 0 && seconds <= LONGEST_SECONDS)) {
            throw new InputException("seconds is "
                    + Shortened.of(body.path("seconds").toString()) + " but must be a number from 0 to 1,000,000.");
        }
        double tenths = Math.rint(seconds * 10) / 10;
        voting.vote(
                text(body, "id"),
                place,
                new Ballot(name, tenths, optional(body, "note"), choice.equals("both_bad"), optional(body, "edited")));
    }

    private static String text(JsonNode body, String key) {
        if (!body.path(key).isTextual()) {
            throw new InputException("\"" + key + "\" is missing; it must be text.");
        }
        return body.path(key).asText();
    }

    private static @Nullable String optional(JsonNode body, String key) {
        String text = body.path(key).asText("");
        return body.path(key).isNull() || text.isBlank() ? null : text;
    }

    private Map<String, @Nullable Object> asked(String name) {
        Optional<Ticket> ticket = voting.ask(name);
        Map<String, @Nullable Object> asked = progress(name);
        asked.put("pair", ticket.map(VotingPage::shown).orElse(null));
        asked.put("standing", voting.standing(name).name().toLowerCase(Locale.ROOT));
        return asked;
    }

    private static Map<String, Object> shown(Ticket ticket) {
        Match match = ticket.pair().match();
        boolean aFirst = ticket.shownFirst() == Winner.A;
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("id", ticket.id());
        shown.put("prompt", turns(match));
        shown.put("first", aFirst ? match.firstAnswer() : match.secondAnswer());
        shown.put("second", aFirst ? match.secondAnswer() : match.firstAnswer());
        return shown;
    }

    private static List<Map<String, String>> turns(Match match) {
        List<Message> messages = match.prompt().messages();
        if (messages == null) {
            return List.of(Map.of("role", "prompt", "text", match.prompt().text()));
        }
        List<Map<String, String>> turns = new ArrayList<>();
        for (Message message : messages) {
            String content = message.content();
            turns.add(Map.of(
                    "role",
                    message.role(),
                    "text",
                    content == null ? String.valueOf(message.fields().get("content")) : content));
        }
        return turns;
    }

    private Map<String, @Nullable Object> progress(String name) {
        Voting.Progress progress = voting.progress(name);
        Map<String, @Nullable Object> shown = new LinkedHashMap<>();
        shown.put("pairs", progress.pairs());
        shown.put("judged", progress.judged());
        shown.put("own", progress.own());
        shown.put("open", progress.open());
        shown.put("people", progress.people());
        shown.put("agreement", voting.agreement().sentence());
        return shown;
    }
}
