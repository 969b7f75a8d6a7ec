package org.align4j.core.data.split;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.align4j.core.data.read.RowSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NearPromptsTest {
    @TempDir
    Path folder;

    /** Shared runs over all runs, from sets of strings. */
    static double similarity(String one, String other) {
        Set<String> shared = runs(one);
        Set<String> all = runs(one);
        shared.retainAll(runs(other));
        all.addAll(runs(other));
        return (double) shared.size() / all.size();
    }

    private static Set<String> runs(String text) {
        Set<String> runs = new HashSet<>();
        for (int i = 0; i + 5 <= text.length(); i++) {
            runs.add(text.substring(i, i + 5));
        }
        return runs;
    }

    /** Prompts of random words, some of them an earlier one with a word changed. */
    static List<String> prompts(int count, long seed) {
        Random random = new Random(seed);
        List<String> prompts = new ArrayList<>();
        for (int p = 0; p < count; p++) {
            boolean near = p > 10 && random.nextInt(3) == 0;
            String[] words = near ? prompts.get(random.nextInt(p)).split(" ") : new String[12 + random.nextInt(20)];
            for (int w = 0; w < words.length; w++) {
                boolean changed = !near || w == p % words.length;
                words[w] = changed ? word(random) : words[w];
            }
            prompts.add(String.join(" ", words));
        }
        return prompts;
    }

    private static String word(Random random) {
        StringBuilder word = new StringBuilder();
        for (int c = 2 + random.nextInt(7); c > 0; c--) {
            word.append((char) ('a' + random.nextInt(26)));
        }
        return word.toString();
    }

    private RowStream stream(List<String> prompts) throws IOException {
        List<String> lines = prompts.stream()
                .map(prompt -> "{\"prompt\":\"" + prompt + "\",\"completion\":\"a\"}")
                .toList();
        return new RowStream(RowSource.of(Files.write(folder.resolve("p.jsonl"), lines)));
    }

    @Test
    void everyVerifiedPairIsNearAndGroupsAreThoseOfAllPairs() throws IOException {
        List<String> prompts = prompts(400, 5);
        NearPrompts near = NearPrompts.find(stream(prompts));
        int[] slow = new int[prompts.size()];
        int[] fast = new int[prompts.size()];
        int pairs = 0;
        for (int p = 0; p < prompts.size(); p++) {
            slow[p] = p;
            fast[p] = p;
        }
        for (int later = 0; later < prompts.size(); later++) {
            assertThat(near.number(prompts.get(later))).isEqualTo(later);
            for (int earlier : near.nearTo(later)) {
                assertThat(similarity(prompts.get(earlier), prompts.get(later))).isGreaterThanOrEqualTo(0.8);
                join(fast, earlier, later);
            }
            for (int earlier = 0; earlier < later; earlier++) {
                if (similarity(prompts.get(earlier), prompts.get(later)) >= 0.8) {
                    pairs++;
                    join(slow, earlier, later);
                }
            }
        }
        assertThat(pairs).isGreaterThan(80);
        assertThat(fast).isEqualTo(slow);
    }

    /** Each group bears the number of its first prompt. */
    private static void join(int[] groups, int one, int other) {
        int to = Math.min(groups[one], groups[other]);
        int from = Math.max(groups[one], groups[other]);
        for (int p = 0; p < groups.length; p++) {
            groups[p] = groups[p] == from ? to : groups[p];
        }
    }

    @Test
    void howMuchIsHeldAtATimeChangesNothing() throws IOException {
        List<String> prompts = prompts(300, 6);
        NearPrompts one = NearPrompts.find(stream(prompts));
        NearPrompts many = NearPrompts.find(stream(prompts), 1000);
        for (int p = 0; p < prompts.size(); p++) {
            assertThat(many.nearTo(p)).isEqualTo(one.nearTo(p));
        }
    }
}
