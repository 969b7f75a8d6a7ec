import java.util.Arrays;
import java.util.Locale;
import org.align4j.core.session.cluster.ClusterPlan;
import org.align4j.core.session.cluster.ClusterPlan.Shape;

/**
 * What a DPO step takes on clusters of 16-core machines, as a Markdown table: the formulas of {@link ClusterPlan}, whose bytes are those that are sent, with the
 * speed of one core as measured. A pair has 512 tokens and is a forward of its own.
 *
 * <p>{@code java -cp "LIB/*" docs/bench/ClusterTable.java SECONDS LINK}: SECONDS that a core takes for a thousand tokens of
 * SmolLM2-135M, forward and backward with LoRA on all layers; larger models take more by their parameters.
 */
class ClusterTable {
    private static final int CORES = 16;
    private static final int TOKENS = 512;
    private static final int[] PAIRS = {256, 2048};

    private record Model(String name, double parameters, long trained) {}

    public static void main(String[] words) {
        double perThousand = Double.parseDouble(words[0]);
        double link = ClusterPlan.link(words[1]);
        System.out.println(
                "| model | machines | driver, each way | busiest link, each way | seconds, 256 pairs | efficiency | seconds, 2,048 pairs | efficiency |");
        System.out.println("|---|---:|---:|---:|---:|---:|---:|---:|");
        for (Model model : new Model[] {
            new Model("135M", 0.135e9, 4_900_000),
            new Model("1B", 1.24e9, 11_300_000),
            new Model("8B", 8.03e9, 41_900_000)
        }) {
            double seconds = perThousand * TOKENS / 1000 * model.parameters / 0.135e9;
            for (int machines : new int[] {1, 8, 64, 512}) {
                System.out.println(row(model, machines, seconds, link));
            }
        }
    }

    private static String row(Model model, int machines, double seconds, double link) {
        StringBuilder row = new StringBuilder();
        for (int pairs : PAIRS) {
            Shape shape = new Shape(machines, CORES);
            double[] forwards = new double[pairs];
            Arrays.fill(forwards, seconds);
            double[] slices = ClusterPlan.sliced(forwards, ClusterPlan.usualSlices(shape, 1, pairs));
            ClusterPlan plan =
                    new ClusterPlan(shape, link, model.trained, slices, 1, 1, 12.0 * model.trained / 5e9);
            if (row.isEmpty()) {
                row.append(String.format(
                        Locale.ROOT,
                        "| %s | %d | %.0f MB | %.0f MB |",
                        model.name,
                        machines,
                        plan.driverBytes() / 1e6,
                        plan.bytesPerLink() / 1e6));
            }
            row.append(String.format(Locale.ROOT, " %.2f | %.2f |", plan.stepSeconds(), plan.efficiency()));
        }
        return row.toString();
    }
}
