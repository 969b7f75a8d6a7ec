package org.align4j.examples.demo;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Draws questions that were never drawn before, over all topics of the town. */
final class Questions {
    private static final double LEAD = 0.5;
    private static final double TAIL = 0.25;
    private static final int SUMS = 2;
    private static final int LARGEST_SUMMAND = 9;

    private final Phrasebook book;
    private final Dice dice;
    private final Set<String> asked = new HashSet<>();
    private final List<Topic> topics = new ArrayList<>();

    private record Topic(String name, Function<Dice, Map<String, String>> bindings) {}

    Questions(Phrasebook book, Dice dice) {
        this.book = book;
        this.dice = dice;
        book.names().stream()
                .filter(rule -> rule.endsWith(".facts") && !rule.equals("people.facts"))
                .map(rule -> rule.substring(0, rule.lastIndexOf('.')))
                .forEach(topic -> topics.add(new Topic(topic, d -> fact(topic, d))));
        topics.add(new Topic("before", d -> fact("next", d)));
        for (int i = 0; i < SUMS; i++) {
            topics.add(new Topic("plus", this::plus));
            topics.add(new Topic("minus", this::minus));
        }
        topics.add(new Topic("size", this::size));
        topics.add(new Topic("way", this::way));
        topics.add(new Topic("owned", this::owned));
        topics.add(new Topic("left", this::left));
        topics.add(new Topic("visit", this::visit));
    }

    /** The next question, in words that no earlier one had. */
    Question next() {
        while (true) {
            Topic topic = dice.pick(topics);
            Map<String, String> bindings = topic.bindings().apply(dice);
            String prompt = book.say(topic.name() + ".ask", bindings, dice);
            if (dice.chance(LEAD)) {
                prompt = dice.pick(book.all("lead.words")) + " " + prompt;
            }
            if (dice.chance(TAIL)) {
                prompt = prompt + " " + dice.pick(book.all("tail.words"));
            }
            if (asked.add(prompt)) {
                return new Question(topic.name(), prompt, bindings);
            }
        }
    }

    private Map<String, String> fact(String topic, Dice dice) {
        Map<String, String> table = book.table(topic + ".facts");
        String subject = dice.pick(List.copyOf(table.keySet()));
        return Map.of("subject", subject, "value", table.getOrDefault(subject, ""));
    }

    private Map<String, String> plus(Dice dice) {
        int a = dice.below(LARGEST_SUMMAND + 1);
        int b = dice.below(LARGEST_SUMMAND + 1);
        return Map.of("a", number(a), "b", number(b), "value", number(a + b));
    }

    private Map<String, String> minus(Dice dice) {
        int a = 1 + dice.below(LARGEST_SUMMAND);
        int b = dice.below(a + 1);
        return Map.of("a", number(a), "b", number(b), "value", number(a - b));
    }

    private Map<String, String> size(Dice dice) {
        List<String> animals = book.all("size.animals");
        int a = dice.below(animals.size());
        int b = other(a, animals.size(), dice);
        return Map.of(
                "a", animals.get(a),
                "b", animals.get(b),
                "value", animals.get(Math.max(a, b)),
                "other", animals.get(Math.min(a, b)));
    }

    private Map<String, String> way(Dice dice) {
        List<String> shops = book.all("way.order");
        int a = dice.below(shops.size());
        int b = other(a, shops.size(), dice);
        return Map.of("a", shops.get(a), "b", shops.get(b), "value", b > a ? "up the hill" : "down the hill");
    }

    private Map<String, String> owned(Dice dice) {
        String colour = dice.pick(book.all("colour"));
        return Map.of("name", anyone(dice), "thing", dice.pick(book.all("thing")), "colour", colour, "value", colour);
    }

    private Map<String, String> left(Dice dice) {
        String spot = dice.pick(book.all("spot"));
        return Map.of("name", anyone(dice), "thing", dice.pick(book.all("thing")), "spot", spot, "value", spot);
    }

    private Map<String, String> visit(Dice dice) {
        String day = dice.pick(book.all("day"));
        String shop = dice.pick(List.copyOf(book.table("place.facts").keySet()));
        return Map.of("name", anyone(dice), "shop", shop, "day", day, "value", day);
    }

    private String anyone(Dice dice) {
        return dice.pick(book.all("name"));
    }

    private String number(int value) {
        return book.all("number").get(value);
    }

    private static int other(int index, int count, Dice dice) {
        return (index + 1 + dice.below(count - 1)) % count;
    }
}
