import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/**
 * Writes preference rows as a support desk's log has them, for measuring how {@code align doctor} grows: answers from a dozen templates that
 * differ in names, numbers and goods, and six keys a row that training doesn't read. Most rows are much like several others, some are near
 * duplicates. The first rows of a longer file are those of a shorter one.
 *
 * <p>{@code java docs/bench/SupportRows.java 1000000 > rows.jsonl}
 */
class SupportRows {
    private static final String[] NAMES = {
        "Alice", "Ben", "Carla", "David", "Elena", "Farid", "Greta", "Hassan", "Ines", "Jonas", "Keiko", "Liam", "Mara", "Noah", "Olga", "Pavel",
        "Rosa", "Samir", "Tilda", "Umar", "Vera", "Wen", "Xenia", "Yusuf", "Zoe"
    };
    private static final String[] GOODS = {
        "kettle", "desk lamp", "bicycle pump", "rain jacket", "coffee grinder", "office chair", "wool blanket", "phone case", "garden hose",
        "water filter", "travel bag", "bread knife", "wall clock", "yoga mat", "tool box", "picture frame", "hair dryer", "bed frame", "toaster",
        "headset"
    };
    private static final String[] CITIES = {
        "Lyon", "Porto", "Leeds", "Graz", "Turin", "Ghent", "Malmo", "Gdansk", "Basel", "Cork", "Bilbao", "Tartu"
    };
    private static final String[] ASKED = {
        "Hello, my name is %1$s and my order %3$d of a %2$s has not arrived in %4$s yet. It was promised for the %5$dth. Where is it now?",
        "I bought a %2$s from you (order %3$d) and it came broken. I live in %4$s. Can I send it back, and who pays for that? Regards, %1$s",
        "Hi, %1$s here. You charged me twice for order %3$d, the %2$s. Please return one of the two payments by the %5$dth.",
        "Please change the address of order %3$d, a %2$s, to my new flat in %4$s. I move there on the %5$dth. Thank you, %1$s",
        "The %2$s of order %3$d makes a strange noise since the %5$dth. Is that covered by the guarantee? %1$s from %4$s",
        "How do I cancel order %3$d? I no longer need the %2$s, and it should not be sent to %4$s. %1$s"
    };
    private static final String[] GOOD = {
        "Dear %1$s, thank you for writing to us. I have looked up order %3$d: the %2$s left our store on the %5$dth and lies at the depot in %4$s."
                + " It will be with you within %6$d days. Should it not arrive by then, just answer this message and we send another one at once.",
        "Dear %1$s, I am sorry that the %2$s of order %3$d gives you trouble. You can return it free of charge: print the label that I attach, put"
                + " it on the parcel and hand it in at any shop in %4$s. We pay the money back within %6$d days of its arrival.",
        "Dear %1$s, I have changed order %3$d as you asked and you will get a confirmation in a few minutes. The %2$s is planned for the %5$dth. If"
                + " anything else should be different, please tell us at least %6$d days before, and our colleagues in %4$s will see to it.",
        "Dear %1$s, the guarantee of the %2$s covers this. Please send us a photo and the number %3$d, and we arrange for a repair in %4$s, which"
                + " takes about %6$d days. Until then you can borrow another one from us at no cost."
    };
    private static final String[] POOR = {
        "Hi %1$s. Order %3$d is on its way, I think. Please wait another %6$d days and write again if the %2$s has still not come.",
        "Hello %1$s, unfortunately we can't do anything about the %2$s. Order %3$d is closed. Please read our terms, which lie in our shop in %4$s.",
        "Thanks for your message about order %3$d. Somebody will look at the %2$s one of these days, perhaps on the %5$dth."
    };

    private SupportRows() {}

    public static void main(String[] words) {
        int rows = Integer.parseInt(words[0]);
        Random random = new Random(32);
        try (PrintStream out =
                new PrintStream(new BufferedOutputStream(System.out, 1 << 16), false, StandardCharsets.UTF_8)) {
            for (int row = 0; row < rows; row++) {
                out.print(row(row, random));
            }
        }
    }

    private static String row(int row, Random random) {
        Object[] slots = {
            pick(NAMES, random), pick(GOODS, random), 100_000 + random.nextInt(900_000), pick(CITIES, random), 4 + random.nextInt(17),
            2 + random.nextInt(12)
        };
        return String.format(
                "{\"ticket\": \"T-%07d\", \"prompt\": \"%s\", \"chosen\": \"%s\", \"rejected\": \"%s\", \"channel\": \"%s\","
                        + " \"annotator\": \"agent %02d\", \"source\": \"%s\", \"created_at\": \"2025-%02d-%02dT09:30:00Z\","
                        + " \"product_line\": \"%s\"}%n",
                row,
                String.format(pick(ASKED, random), slots),
                String.format(pick(GOOD, random), slots),
                String.format(pick(POOR, random), slots),
                row % 3 == 0 ? "mail" : "chat",
                random.nextInt(40),
                row % 2 == 0 ? "desk" : "shop",
                1 + row % 12,
                1 + row % 28,
                slots[1]);
    }

    private static String pick(String[] words, Random random) {
        return words[random.nextInt(words.length)];
    }
}
