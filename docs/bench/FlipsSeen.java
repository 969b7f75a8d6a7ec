import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.align4j.core.doctor.log.LogRow.Facts;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.NormalText;
import org.align4j.core.doctor.log.NormalText.Texts;
import org.align4j.core.doctor.people.LabelNoise;
import org.align4j.core.doctor.people.MarginNoise;
import org.align4j.core.eval.AreaUnderCurve;

/**
 * Flips labels of pairs whose scores by a reward model are known, and tells how well the doctor's probe and the reward model see the flips:
 * the AUC of their margins, for ten draws of the flips. The scores are those of {@code align score} on the very file.
 *
 * <p>{@code java -cp "LIB/*" docs/bench/FlipsSeen.java PAIRS SCORES SHARE [FLIPPED_COPY]}
 *
 * <p>The copy is the file with the first draw's flips, for {@code align doctor --model}.
 */
class FlipsSeen {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int DRAWS = 10;

    public static void main(String[] words) throws Exception {
        List<JsonNode> pairs = read(words[0]);
        List<JsonNode> scores = read(words[1]);
        double share = Double.parseDouble(words[2]);
        double[][] aucs = new double[2][DRAWS];
        for (int draw = 0; draw < DRAWS; draw++) {
            BitSet flipped = new BitSet();
            Random random = new Random(draw + 1);
            while (flipped.cardinality() < Math.round(share * pairs.size())) {
                flipped.set(random.nextInt(pairs.size()));
            }
            if (draw == 0 && words.length > 3) {
                write(pairs, flipped, Path.of(words[3]));
            }
            aucs[0][draw] = probe(pairs, flipped);
            aucs[1][draw] = reward(scores, flipped);
            System.out.printf(
                    "draw %d  probe %.3f  reward model %.3f, ε %s%n",
                    draw + 1, aucs[0][draw], aucs[1][draw], epsilon(scores, flipped));
        }
        System.out.printf(
                "mean    probe %.3f  reward model %.3f, of %d pairs%n", mean(aucs[0]), mean(aucs[1]), pairs.size());
    }

    private static double probe(List<JsonNode> pairs, BitSet flipped) {
        LabelNoise check = new LabelNoise();
        for (int i = 0; i < pairs.size(); i++) {
            String prompt = text(pairs.get(i).get("prompt"));
            String chosen = text(pairs.get(i).get(flipped.get(i) ? "rejected" : "chosen"));
            String rejected = text(pairs.get(i).get(flipped.get(i) ? "chosen" : "rejected"));
            Texts normal = new Texts(NormalText.of(prompt), NormalText.of(chosen), NormalText.of(rejected));
            LogRow.Keys keys = new LogRow.Keys(
                    NormalText.hash(normal.prompt()),
                    NormalText.hash(normal.chosen()),
                    NormalText.hash(normal.rejected()));
            check.look(new LogRow(
                            i,
                            LogRow.Kind.PAIR,
                            true,
                            true,
                            new Texts(prompt, chosen, rejected),
                            normal,
                            keys,
                            null,
                            null,
                            Facts.NONE))
                    .run();
        }
        check.again();
        double[] against = new double[pairs.size()];
        for (int i = 0; i < against.length; i++) {
            against[i] = Double.isNaN(check.margin(i)) ? 0 : -check.margin(i);
        }
        return auc(against, flipped);
    }

    /** The interval of ε by the rewards. */
    private static Object epsilon(List<JsonNode> scores, BitSet flipped) {
        double[] margins = new double[scores.size()];
        for (int i = 0; i < margins.length; i++) {
            double margin = scores.get(i).get("chosen").doubleValue()
                    - scores.get(i).get("rejected").doubleValue();
            margins[i] = flipped.get(i) ? -margin : margin;
        }
        int[] numbers = IntStream.range(0, margins.length).toArray();
        return new MarginNoise(numbers, margins)
                .ofRewards("the reward model")
                .figures()
                .get("epsilon_interval");
    }

    private static double reward(List<JsonNode> scores, BitSet flipped) {
        double[] against = new double[scores.size()];
        for (int i = 0; i < against.length; i++) {
            double margin = scores.get(i).get("chosen").doubleValue()
                    - scores.get(i).get("rejected").doubleValue();
            against[i] = flipped.get(i) ? margin : -margin;
        }
        return auc(against, flipped);
    }

    private static double auc(double[] against, BitSet flipped) {
        boolean[] positive = new boolean[against.length];
        for (int i = 0; i < positive.length; i++) {
            positive[i] = flipped.get(i);
        }
        return AreaUnderCurve.of(against, positive);
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    private static String text(JsonNode messages) {
        StringBuilder text = new StringBuilder();
        messages.forEach(
                message -> text.append(message.get("content").textValue()).append('\n'));
        return text.toString();
    }

    private static List<JsonNode> read(String file) throws Exception {
        List<JsonNode> rows = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(file))) {
            rows.add(JSON.readTree(line));
        }
        return rows;
    }

    private static void write(List<JsonNode> pairs, BitSet flipped, Path file) throws Exception {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < pairs.size(); i++) {
            var row = JSON.createObjectNode();
            row.set("prompt", pairs.get(i).get("prompt"));
            row.set("chosen", pairs.get(i).get(flipped.get(i) ? "rejected" : "chosen"));
            row.set("rejected", pairs.get(i).get(flipped.get(i) ? "chosen" : "rejected"));
            lines.add(JSON.writeValueAsString(row));
        }
        Files.write(file, lines);
    }
}
