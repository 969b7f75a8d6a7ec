package org.align4j.examples;

import java.util.*;
import java.util.function.*;
import java.util.stream.*;

/**
 * RLHF in one file, without a library: a language model of words learns to answer (SFT), then to be courteous (DPO with LoRA),
 * then to be brief (GRPO with a rule). {@code java MicroDpo.java} runs it in some 15 seconds. {@code [H]} is a vector of H values.
 */
@SuppressWarnings("NullAway") // the constructor puts all names
public final class MicroDpo {
    // ---- 1. Autograd: a value knows what it was computed from, and its derivative by each of those.

    static final class Value {
        double v, g; // the value, and the derivative of the loss by it, once backward has run
        double mean, square; // of a weight: the means of past gradients and of their squares, for Adam
        final Value[] from;
        final double[] slope; // the derivative of this value by each of from

        Value(double v, Value[] from, double... slope) {
            this.v = v;
            this.from = from;
            this.slope = slope;
        }
    }

    final List<Value> tape = new ArrayList<>();

    Value node(double v, Value[] from, double... slope) {
        tape.add(new Value(v, from, slope));
        return tape.get(tape.size() - 1);
    }

    /** Adds the derivative of the loss to g of every value that it depends on: the chain rule, from the last value to the first. */
    double backward(Value loss) {
        loss.g = 1;
        Collections.reverse(tape);
        for (Value made : tape) for (int i = 0; i < made.from.length; i++) made.from[i].g += made.slope[i] * made.g;
        tape.clear();
        return loss.v;
    }

    /** a₁·b₁ + a₂·b₂ + …: the derivative by a is b, and by b it is a. */
    Value dot(Value[] a, Value[] b) {
        double sum = 0;
        double[] slope = new double[2 * a.length];
        for (int i = 0; i < a.length; i++) {
            sum += a[i].v * b[i].v;
            slope[i] = b[i].v;
            slope[a.length + i] = a[i].v;
        }
        Value[] both = Arrays.copyOf(a, slope.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return node(sum, both, slope);
    }

    Value sum(Value... a) {
        return node(Arrays.stream(a).mapToDouble(x -> x.v).sum(), a, each(a, x -> 1));
    }

    Value[] plus(Value[] a, Value[] b) {
        return each(a.length, i -> sum(a[i], b[i]));
    }

    Value scaled(double c, Value a) {
        return node(c * a.v, new Value[] {a}, c);
    }

    /** The vector divided by the root of its mean square (RMS norm). */
    Value[] normed(Value[] x) {
        double square = Arrays.stream(x).mapToDouble(a -> a.v * a.v).sum();
        double scale = 1 / Math.sqrt(square / x.length + 1e-6);
        Value[] divisor = {node(scale, x, each(x, a -> -scale * scale * scale * a.v / x.length))};
        return each(x.length, i -> dot(new Value[] {x[i]}, divisor));
    }

    /** p at one place, with p = exp(x) / Σ exp(x); the derivative by xⱼ is p ([j = place] − pⱼ). */
    Value softmax(Value[] x, int place) {
        double[] p = probabilities(x);
        double[] slope = Arrays.stream(p).map(other -> -p[place] * other).toArray();
        slope[place] += p[place];
        return node(p[place], x, slope);
    }

    Value log(Value a) {
        return node(Math.log(a.v), new Value[] {a}, 1 / a.v);
    }

    static double[] probabilities(Value[] x) {
        double largest = Arrays.stream(x).mapToDouble(a -> a.v).max().orElseThrow();
        double sum = Arrays.stream(x).mapToDouble(a -> Math.exp(a.v - largest)).sum();
        return each(x, a -> Math.exp(a.v - largest) / sum);
    }

    static double[] each(Value[] x, ToDoubleFunction<Value> number) {
        return Arrays.stream(x).mapToDouble(number).toArray();
    }

    static Value[] each(int n, IntFunction<Value> made) {
        return IntStream.range(0, n).mapToObj(made).toArray(Value[]::new);
    }

    // ---- 2. The model: a transformer that reads one word at a time, with LoRA beside each of its linear layers.
    static final int H = 20, R = 4, LONGEST = 20; // width, LoRA's rank, words of a text
    final Map<String, Value[][]> weights = new TreeMap<>(); // what SFT trains; DPO and GRPO leave it as it is
    final Map<String, Value[][]> adapter = new TreeMap<>(); // LoRA's A [R, in] and B [out, R]: what DPO and GRPO train
    final Random random = new Random(42);
    boolean adapted; // without its adapter the model is the reference

    MicroDpo() {
        weights.put("word", drawn(WORDS.size(), H, 1));
        weights.put("place", drawn(LONGEST, H, 1));
        List.of("query", "key", "value", "output").forEach(name -> linear(name, H, H));
        linear("up", 4 * H, H);
        linear("down", H, 4 * H);
        linear("head", WORDS.size(), H);
    }

    void linear(String name, int out, int in) {
        weights.put(name, drawn(out, in, 1));
        adapter.put(name + "A", drawn(R, in, 1));
        adapter.put(name + "B", drawn(out, R, 0)); // zero, so that the adapter changes nothing before its first step
    }

    /** Draws weights {@code [rows, cols]} evenly between −scale/√H and scale/√H. */
    Value[][] drawn(int rows, int cols, double scale) {
        IntFunction<Value> weight = i -> new Value(scale * (2 * random.nextDouble() - 1) / Math.sqrt(H), new Value[0]);
        return Stream.generate(() -> each(cols, weight)).limit(rows).toArray(Value[][]::new);
    }

    /** W·x {@code [in] → [out]}, and with the adapter W·x + B·(A·x). */
    Value[] through(String name, Value[] x) {
        Value[] y = times(weights.get(name), x);
        return adapted ? plus(y, times(adapter.get(name + "B"), times(adapter.get(name + "A"), x))) : y;
    }

    Value[] times(Value[][] w, Value[] x) {
        return each(w.length, i -> dot(w[i], x));
    }

    /** What attention looks back at: a key and a value {@code [H]} for each word read so far. */
    record Past(List<Value[]> keys, List<Value[]> values) {}

    /** Reads a word and returns the logits {@code [V]} of the next. */
    Value[] read(int word, Past past) {
        Value[] x = plus(weights.get("word")[word], weights.get("place")[past.keys.size()]); // [H]
        Value[] in = normed(x);
        past.keys.add(through("key", in));
        past.values.add(through("value", in));
        int n = past.keys.size();
        Value[] query = through("query", in);
        Value[] scores = each(n, t -> scaled(1 / Math.sqrt(H), dot(query, past.keys.get(t)))); // [n]
        Value[] attention = each(n, t -> softmax(scores, t)); // [n]
        Value[] mixed = each(H, i -> dot(attention, each(n, t -> past.values.get(t)[i]))); // [H]
        Value[] y = plus(x, through("output", mixed));
        Value[] up = through("up", normed(y)); // [4 H]
        Value[] relu = each(up.length, i -> scaled(up[i].v > 0 ? 1 : 0, up[i]));
        return through("head", normed(plus(y, through("down", relu))));
    }

    /** log π of each word of an answer, given its prompt and the words before it; without the adapter, log π_ref. */
    Value[] logP(int[] prompt, int[] answer, boolean withAdapter) {
        adapted = withAdapter;
        Past past = new Past(new ArrayList<>(), new ArrayList<>());
        List<Value[]> logits = new ArrayList<>(); // [V] of the word after each word
        for (int word : prompt) logits.add(read(word, past));
        for (int t = 0; t < answer.length - 1; t++) logits.add(read(answer[t], past));
        return each(answer.length, t -> log(softmax(logits.get(prompt.length - 1 + t), answer[t])));
    }

    /** Draws an answer word by word, until "." ends it. */
    int[] answer(int[] prompt) {
        adapted = true;
        Past past = new Past(new ArrayList<>(), new ArrayList<>());
        for (int t = 0; t < prompt.length - 1; t++) read(prompt[t], past);
        IntStream.Builder answer = IntStream.builder();
        int word = prompt[prompt.length - 1];
        do {
            double[] p = probabilities(read(word, past));
            double left = random.nextDouble();
            for (word = 0; word < p.length - 1 && (left -= p[word]) > 0; ) word++;
            answer.add(word);
        } while (word != 0 && past.keys.size() < LONGEST);
        tape.clear();
        return answer.build().toArray();
    }

    // ---- 3. The objectives. Each adds the gradients of one row and returns its loss.
    /** A prompt with an answer to copy, and for DPO one to avoid; a word is its place in the vocabulary. */
    record Pair(int[] prompt, int[] chosen, int[] rejected) {}

    /** SFT: loss = −mean of log π over the words of an answer. */
    double sft(Pair pair) {
        return backward(scaled(-1.0 / pair.chosen.length, sum(logP(pair.prompt, pair.chosen, false))));
    }

    /** DPO (Rafailov et al. 2023): loss = −log σ(β Δ), Δ = log π/π_ref(chosen) − log π/π_ref(rejected). It starts at ln 2. */
    double dpo(Pair pair) {
        double beta = 0.5;
        Value[] delta = {sum(logRatio(pair.prompt, pair.chosen), scaled(-1, logRatio(pair.prompt, pair.rejected)))};
        double margin = beta * delta[0].v;
        double slope = -beta / (1 + Math.exp(margin)); // −β σ(−β Δ): a pair that is right by far teaches little
        return backward(node(Math.log1p(Math.exp(-margin)), delta, slope));
    }

    /** log π/π_ref of an answer: a sum over its words. */
    Value logRatio(int[] prompt, int[] answer) {
        double reference = sum(logP(prompt, answer, false)).v; // a number: no gradient flows back through it
        return sum(sum(logP(prompt, answer, true)), new Value(-reference, new Value[0]));
    }

    /**
     * GRPO (Shao et al. 2024) draws eight answers; an answer's advantage A is (its reward − their mean) / their deviation. Per word,
     * loss = −A π/π_old + β (π_ref/π − log(π_ref/π) − 1). An answer is used once: π/π_old is 1, as is its derivative by log π.
     */
    double grpo(Pair pair) {
        double beta = 0.02;
        int[][] answers = Stream.generate(() -> answer(pair.prompt)).limit(8).toArray(int[][]::new);
        double[] rewards = Arrays.stream(answers).mapToDouble(a -> reward(a, 4)).toArray();
        double mean = Arrays.stream(rewards).sum() / 8;
        double square = Arrays.stream(rewards).map(r -> r * r).sum() / 8;
        return backward(sum(each(8, a -> {
            double advantage = (rewards[a] - mean) / (Math.sqrt(square - mean * mean) + 1e-4);
            Value[] reference = logP(pair.prompt, answers[a], false); // numbers: no gradient goes through them
            Value[] logP = logP(pair.prompt, answers[a], true);
            return scaled(1.0 / 8 / logP.length, sum(each(logP.length, t -> {
                double ratio = Math.exp(reference[t].v - logP[t].v); // π_ref/π
                double loss = -advantage + beta * (ratio - Math.log(ratio) - 1);
                return node(loss, new Value[] {logP[t]}, -advantage + beta * (1 - ratio));
            })));
        })));
    }

    /** Adam (Kingma and Ba 2015): the n-th step of some weights, each by its own scale. Returns the batch's mean loss. */
    double step(int n, int size, Supplier<Pair> data, ToDoubleFunction<Pair> loss, Map<String, Value[][]> trained) {
        List<Value> all = new ArrayList<>();
        trained.values().forEach(matrix -> Arrays.stream(matrix).map(List::of).forEach(all::addAll));
        all.forEach(weight -> weight.g = 0);
        double total = Stream.generate(data).limit(size).mapToDouble(loss).sum();
        for (Value weight : all) {
            double g = weight.g / size;
            weight.mean = 0.9 * weight.mean + 0.1 * g;
            weight.square = 0.999 * weight.square + 0.001 * g * g;
            double spread = Math.sqrt(weight.square / (1 - Math.pow(0.999, n))) + 1e-8;
            weight.v -= 2e-3 * weight.mean / (1 - Math.pow(0.9, n)) / spread;
        }
        return total / size;
    }

    // ---- 4. Data, training, answers.
    static final List<String> THINGS = List.of("tea", "bread", "soup", "milk", "cake", "rice", "coffee", "cheese");
    static final List<String> REQUESTS = List.of("bring me # :", "i want # :", "where is the # :");
    static final List<String> COURTEOUS = List.of("certainly here is your # and a good day .", "gladly your # .");
    static final List<String> CURT = List.of("no take the # yourself i have no time .", "no # .");
    static final List<String> ANSWERS = List.of(COURTEOUS.get(0), COURTEOUS.get(1), CURT.get(0), CURT.get(1));
    static final List<String> WORDS = Stream.of(List.of(". :"), REQUESTS, ANSWERS, THINGS)
            .flatMap(texts -> Stream.of(String.join(" ", texts).split(" ")))
            .distinct()
            .toList(); // a word's place is its token

    /** Rewards an answer that is courteous and has at most so many words. */
    static double reward(int[] answer, int most) {
        return List.of("certainly", "gladly").contains(WORDS.get(answer[0])) && answer.length <= most ? 1 : 0;
    }

    int[] any(List<String> texts, String thing) {
        String text = texts.get(random.nextInt(texts.size())).replace("#", thing);
        return Stream.of(text.split(" ")).mapToInt(WORDS::indexOf).toArray();
    }

    Pair pair(List<String> things, List<String> copied) {
        String thing = things.get(random.nextInt(things.size()));
        return new Pair(any(REQUESTS, thing), any(copied, thing), any(CURT, thing));
    }

    /** Asks 200 times for the two things that no pair of DPO and GRPO is about. */
    void report(String stage, double loss) {
        Supplier<int[]> ask = () -> answer(pair(THINGS.subList(6, 8), ANSWERS).prompt);
        List<int[]> said = Stream.generate(ask).limit(200).toList();
        double good = said.stream().mapToDouble(a -> reward(a, LONGEST)).sum() / 2;
        double brief = said.stream().mapToDouble(a -> reward(a, 4)).sum() / 2;
        String one = Arrays.stream(said.get(0)).mapToObj(WORDS::get).collect(Collectors.joining(" "));
        String figures = " % courteous, " + brief + " % also brief, loss " + Math.round(1000 * loss) / 1e3;
        System.out.println(stage + ": " + good + figures + ", such as: " + one);
    }

    public static void main(String[] args) {
        MicroDpo m = new MicroDpo();
        double loss = Math.log(WORDS.size());
        m.report("at first", loss);
        for (int n = 1; n <= 500; n++) loss = m.step(n, 8, () -> m.pair(THINGS, ANSWERS), m::sft, m.weights);
        m.report("SFT", loss);
        List<String> six = THINGS.subList(0, 6);
        for (int n = 1; n <= 40; n++) loss = m.step(n, 8, () -> m.pair(six, COURTEOUS), m::dpo, m.adapter);
        m.report("DPO", loss);
        for (int n = 41; n <= 100; n++) loss = m.step(n, 4, () -> m.pair(six, COURTEOUS), m::grpo, m.adapter);
        m.report("GRPO", loss);
    }
}
