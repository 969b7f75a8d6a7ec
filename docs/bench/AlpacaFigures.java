import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.eval.ClusterBootstrap;
import org.align4j.core.eval.win.AlpacaAnchors;
import org.align4j.core.eval.win.AlpacaLengthControl;
import org.align4j.core.eval.win.LengthControl;
import org.align4j.core.eval.win.WinOutcome;
import org.align4j.core.eval.win.WinRate;

/**
 * Win rates of models from standard input, as alpaca_eval.py writes it: lines of anchors (instruction, win, standard difference,
 * difficulty), an empty line, lines of outcomes (model, instruction, win, length, length of the baseline's answer). Prints model, win
 * rate, AlpacaEval's length-controlled one, and that of two systems without AlpacaEval's data.
 *
 * <p>{@code java -cp "LIB/*" docs/bench/AlpacaFigures.java}
 */
class AlpacaFigures {
    public static void main(String[] words) throws Exception {
        Map<Integer, Double> difficulties = new HashMap<>();
        List<AlpacaAnchors.Anchor> anchors = new ArrayList<>();
        Map<String, List<WinOutcome>> outcomes = new LinkedHashMap<>();
        Map<String, List<Integer>> instructions = new LinkedHashMap<>();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
            String[] cells = line.split("\t");
            int instruction = Integer.parseInt(cells[0]);
            double win = Double.parseDouble(cells[1]);
            if (!Double.isNaN(win)) {
                anchors.add(new AlpacaAnchors.Anchor(instruction, win, Double.parseDouble(cells[2])));
            }
            difficulties.putIfAbsent(instruction, Double.parseDouble(cells[3]));
        }
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] cells = line.split("\t");
            outcomes.computeIfAbsent(cells[0], unseen -> new ArrayList<>())
                    .add(new WinOutcome(
                            cells[1],
                            Double.parseDouble(cells[2]),
                            Integer.parseInt(cells[3]),
                            Integer.parseInt(cells[4])));
            instructions.computeIfAbsent(cells[0], unseen -> new ArrayList<>()).add(Integer.valueOf(cells[1]));
        }
        AlpacaAnchors data = new AlpacaAnchors(difficulties, anchors);
        ClusterBootstrap bootstrap = new ClusterBootstrap(200, 1, 0.95);
        outcomes.forEach((model, own) -> {
            int[] numbers = instructions.get(model).stream().mapToInt(Integer::intValue).toArray();
            AlpacaLengthControl alpaca = AlpacaLengthControl.of(data, own, numbers);
            LengthControl plain = LengthControl.of(own, bootstrap);
            System.out.printf(
                    Locale.ROOT,
                    "%s\t%.10f\t%.10f\t%s\t%s%n",
                    model,
                    WinRate.of(own, 0.95).rate(),
                    alpaca.rate(),
                    alpaca,
                    plain.identifiable() ? plain.fit() : plain.reason());
        });
    }
}
