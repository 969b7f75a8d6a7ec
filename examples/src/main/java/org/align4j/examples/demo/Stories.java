package org.align4j.examples.demo;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Tells little stories of the town and describes its shops: the general text of the demo. */
final class Stories {
    private static final List<String> PLOT = List.of("start", "errand", "road", "arrival", "turn", "search", "end");
    private static final double SKIPPED = 0.15;
    private static final double NOTES = 0.25;
    private static final int NOTE_SENTENCES = 5;

    private final Phrasebook book;
    private final Dice dice;
    private final Map<String, String> people;

    Stories(Phrasebook book, Dice dice) {
        this.book = book;
        this.dice = dice;
        this.people = book.table("people.facts");
    }

    /** One story, or one description of a shop. */
    String next() {
        Map<String, String> cast = cast();
        return dice.chance(NOTES) ? notes(cast) : story(cast);
    }

    private String story(Map<String, String> cast) {
        StringBuilder story = new StringBuilder(book.say(PLOT.get(0), cast, dice));
        for (String part : PLOT.subList(1, PLOT.size())) {
            if (!dice.chance(SKIPPED)) {
                story.append(' ').append(book.say(part, cast, dice));
            }
        }
        return story.toString();
    }

    private String notes(Map<String, String> cast) {
        Set<String> said = new HashSet<>();
        StringBuilder notes = new StringBuilder();
        while (said.size() < NOTE_SENTENCES) {
            String pattern = dice.pick(book.all("note"));
            if (said.add(pattern)) {
                notes.append(notes.isEmpty() ? "" : " ").append(Phrasebook.capital(book.fill(pattern, cast, dice)));
            }
        }
        return notes.toString();
    }

    private Map<String, String> cast() {
        List<String> names = List.copyOf(people.keySet());
        int hero = dice.below(names.size());
        int other = (hero + 1 + dice.below(names.size() - 1)) % names.size();
        boolean she = "she".equals(people.get(names.get(hero)));
        String shop = dice.pick(List.copyOf(book.table("place.facts").keySet()));
        Map<String, String> cast = new HashMap<>();
        cast.put("name", names.get(hero));
        cast.put("other", names.get(other));
        cast.put("he", she ? "she" : "he");
        cast.put("him", she ? "her" : "him");
        cast.put("his", she ? "her" : "his");
        cast.put("shop", shop);
        cast.put("thing", dice.pick(book.all("thing")));
        for (Map.Entry<String, String> kind : Map.of(
                        "keeper", "keeper", "goods", "goods", "place", "place", "opens", "opening")
                .entrySet()) {
            cast.put(kind.getKey(), book.table(kind.getValue() + ".facts").getOrDefault(shop, ""));
        }
        return cast;
    }
}
