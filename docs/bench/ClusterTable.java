import java.util.Arrays;
import java.util.Locale;
import org.align4j.core.session.cluster.ClusterPlan;
import org.align4j.core.session.cluster.ClusterPlan.Shape;

/**
 * What a DPO step takes on clusters of 16-core machines, as a Markdown table: the formulas of {@link ClusterPlan}, whose bytes are those that are sent, with the
 * speed of one core as measured.
 *
 * <p>{@code java -cp "LIB/*" docs/bench/ClusterTable.java SECONDS LINK SLICES_PER_CORE}: SECONDS that a core takes for a thousand tokens of
 * SmolLM2-135M, forward and backward with LoRA on all layers; larger models take more by their parameters.
 */
class ClusterTable {
    private static final int CORES = 16;
    private static final double TOKENS_PER_SLICE = 2048;

    private record Model(String name, double parameters, long trained) {}

    public static void main(String[] words) {
        double perThousand = Double.parseDouble(words[0]);
        double link = ClusterPlan.link(words[1]);
        int slicesPerCore = Integer.parseInt(words[2]);
        System.out.println("| model | machines | slices | tokens per step | seconds | driver, each way | busiest link, each way | efficiency |");
        System.out.println("|---|---:|---:|---:|---:|---:|---:|---:|");
        for (Model model : new Model[] {
            new Model("135M", 0.135e9, 4_900_000),
            new Model("1B", 1.24e9, 11_300_000),
            new Model("8B", 8.03e9, 41_900_000)
        }) {
            double seconds = perThousand * TOKENS_PER_SLICE / 1000 * model.parameters / 0.135e9;
            for (int machines : new int[] {1, 8, 64, 512}) {
                print(model, machines, slicesPerCore, seconds, link);
            }
        }
    }

    private static void print(Model model, int machines, int slicesPerCore, double seconds, double link) {
        Shape shape = new Shape(machines, CORES);
        double[] slices = new double[Math.min(4096, machines * CORES * slicesPerCore)];
        Arrays.fill(slices, seconds * machines * CORES * slicesPerCore / slices.length);
        ClusterPlan plan = new ClusterPlan(shape, link, model.trained, slices, 1, 1, 4 * 3 * model.trained / 5e9);
        System.out.printf(
                Locale.ROOT,
                "| %s | %,d | %,d | %,.0f | %.2f | %,.0f MB | %,.0f MB | %.2f |%n",
                model.name,
                machines,
                slices.length,
                machines * CORES * slicesPerCore * TOKENS_PER_SLICE,
                plan.stepSeconds(),
                plan.driverBytes() / 1e6,
                plan.bytesPerLink() / 1e6,
                plan.efficiency());
    }
}
