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
import org.align4j.core.data.row.BadRows;
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

    /** Prompts of a support desk: six templates with names, goods, numbers and towns in them. */
    private static List<String> macros(int count) {
        List<String> asked = List.of(
                "hello, my name is %1$s and my order %3$d of a %2$s has not arrived in %4$s yet. it was promised for"
                        + " the %5$dth. where is it now?",
                "i bought a %2$s from you (order %3$d) and it came broken. i live in %4$s. can i send it back, and who"
                        + " pays for that? regards, %1$s",
                "hi, %1$s here. you charged me twice for order %3$d, the %2$s. please return one of the two payments"
                        + " by the %5$dth.",
                "please change the address of order %3$d, a %2$s, to my new flat in %4$s. i move there on the %5$dth."
                        + " thank you, %1$s",
                "the %2$s of order %3$d makes a strange noise since the %5$dth. is that covered by the guarantee? %1$s"
                        + " from %4$s",
                "how do i cancel order %3$d? i no longer need the %2$s, and it should not be sent to %4$s. %1$s");
        Random random = new Random(32);
        List<String> prompts = new ArrayList<>();
        for (int p = 0; p < count; p++) {
            prompts.add(String.format(
                    pick(asked, random),
                    pick(List.of("alice", "ben", "carla", "david", "elena", "farid", "greta", "hassan"), random),
                    pick(
                            List.of("kettle", "desk lamp", "bicycle pump", "rain jacket", "office chair", "toaster"),
                            random),
                    100_000 + random.nextInt(900_000),
                    pick(List.of("lyon", "porto", "leeds", "graz", "turin", "ghent", "malmo", "gdansk"), random),
                    4 + random.nextInt(17)));
        }
        return prompts;
    }

    private static <T> T pick(List<T> of, Random random) {
        return of.get(random.nextInt(of.size()));
    }

    @Test
    void groupsAreTheComponentsOfAllNearPairs() throws IOException {
        for (List<String> prompts : List.of(prompts(400, 5), macros(500))) {
            NearPrompts near = NearPrompts.find(stream(prompts));
            int[] slow = new int[prompts.size()];
            int pairs = 0;
            for (int later = 0; later < prompts.size(); later++) {
                slow[later] = later;
                for (int earlier = 0; earlier < later; earlier++) {
                    if (similarity(prompts.get(earlier), prompts.get(later)) >= 0.8) {
                        pairs++;
                        join(slow, earlier, later);
                    }
                }
            }
            assertThat(pairs).isGreaterThan(80);
            assertThat(prompts.stream().mapToInt(near::group).toArray()).isEqualTo(slow);
        }
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
    void noPromptOfASupportDeskIsNearToOneOfAnotherPart() throws IOException {
        Path data = stream(macros(900)).files().get(0);
        Path out = folder.resolve("parts");
        DivisionRules rules = new DivisionRules(
                DivisionRules.Fractions.parse("train=.8,test=.2"),
                DivisionRules.GroupBy.NEAR_PROMPT,
                null,
                null,
                List.of(),
                BadRows.ERROR,
                42);
        assertThat(Splitter.split(RowSource.of(data), rules, out, rows -> {}).leftOut())
                .isEmpty();
        List<String> train = Files.readAllLines(out.resolve("train.jsonl"));
        List<String> test = Files.readAllLines(out.resolve("test.jsonl"));
        assertThat(train.size() + test.size()).isEqualTo(900);
        assertThat(test).hasSizeGreaterThan(60);
        for (String line : test) {
            String heldOut = line.split("\"")[3];
            assertThat(train).noneMatch(other -> similarity(other.split("\"")[3], heldOut) >= 0.8);
        }
    }

    @Test
    void howMuchIsHeldAtATimeChangesNothing() throws IOException {
        List<String> prompts = prompts(300, 6);
        NearPrompts one = NearPrompts.find(stream(prompts));
        NearPrompts many = NearPrompts.find(stream(prompts), 1000);
        for (String prompt : prompts) {
            assertThat(many.group(prompt)).isEqualTo(one.group(prompt));
        }
    }
}
