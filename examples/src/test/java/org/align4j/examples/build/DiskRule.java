package org.align4j.examples.build;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FileWriter;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.spi.FileSystemProvider;
import java.util.Formatter;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** What would change the disk, called or named as a method reference; only {@code core.files} may. Examples are programs of their own. */
final class DiskRule {
    private static final Pattern CHANGES = Pattern.compile(
            "(write|new|copy|move|delete|create|set|save|store|serialize" + "|append|touch|mkdir|rename).*");
    private static final Set<String> READS =
            Set.of("newBufferedReader", "newInputStream", "newDirectoryStream", "createParser");

    private static final DescribedPredicate<JavaAccess<?>> CHANGES_DISK =
            DescribedPredicate.describe("changes the disk", DiskRule::changesDisk);

    static final ArchRule RULE = noClasses()
            .that()
            .resideInAnyPackage("org.align4j.core..", "org.align4j.dpo..", "org.align4j.reward..", "org.align4j.ppo..")
            .and()
            .resideOutsideOfPackage("org.align4j.core.files..")
            .should()
            .accessTargetWhere(CHANGES_DISK)
            .because("all writes go through core.files, where a test can let each of them fail");

    private DiskRule() {}

    /** The rule without regard to where a class lies. */
    static ArchRule everywhere() {
        return noClasses().should().accessTargetWhere(CHANGES_DISK);
    }

    private static boolean changesDisk(JavaAccess<?> access) {
        JavaClass owner = access.getTargetOwner();
        String name = access.getTarget().getName();
        if (READS.contains(name)) {
            return false;
        }
        if (owner.isEquivalentTo(Files.class) && name.equals("copy")) {
            return !takes(access, OutputStream.class);
        }
        if (owner.isEquivalentTo(Files.class)
                || owner.isEquivalentTo(File.class)
                || owner.isAssignableTo(FileSystemProvider.class)) {
            return CHANGES.matcher(name).matches();
        }
        if (owner.isEquivalentTo(FileChannel.class) || owner.isEquivalentTo(AsynchronousFileChannel.class)) {
            return name.equals("open");
        }
        if (!name.equals("<init>")) {
            return !owner.getPackageName().startsWith("org.align4j")
                    && CHANGES.matcher(name).matches()
                    && takesAFile(access);
        }
        return owner.isAssignableTo(RandomAccessFile.class)
                || owner.isAssignableTo(FileWriter.class) && !takes(access, FileDescriptor.class)
                || owner.isAssignableTo(FileOutputStream.class) && !takes(access, FileDescriptor.class)
                || namesAFile(access, owner);
    }

    private static boolean namesAFile(JavaAccess<?> access, JavaClass owner) {
        List<Class<?>> makers = List.of(PrintStream.class, PrintWriter.class, Formatter.class);
        return makers.stream().anyMatch(owner::isAssignableTo)
                && (takes(access, File.class) || firstIs(access, String.class));
    }

    private static boolean takesAFile(JavaAccess<?> access) {
        return takes(access, File.class) || takes(access, Path.class);
    }

    private static boolean takes(JavaAccess<?> access, Class<?> type) {
        return parameters(access).stream().anyMatch(parameter -> parameter.isEquivalentTo(type));
    }

    private static boolean firstIs(JavaAccess<?> access, Class<?> type) {
        return parameters(access).stream().limit(1).anyMatch(parameter -> parameter.isEquivalentTo(type));
    }

    private static List<JavaClass> parameters(JavaAccess<?> access) {
        return access.getTarget() instanceof AccessTarget.CodeUnitAccessTarget target
                ? target.getRawParameterTypes()
                : List.of();
    }
}
