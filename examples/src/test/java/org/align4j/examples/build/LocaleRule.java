package org.align4j.examples.build;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Calendar;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.Scanner;

/** What would write or read text in the user's locale, called or named as a method reference ({@code String::format}). */
final class LocaleRule {
    static final ArchRule RULE = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("org.align4j.core.error.RootFormat")
            .should()
            .accessTargetWhere(DescribedPredicate.describe("follows the user's locale", LocaleRule::followsUser))
            .orShould()
            .dependOnClassesThat(DescribedPredicate.describe("lie in java.text", LocaleRule::isText))
            .because("it writes the digits and cases of the user's locale; use RootFormat, or name Locale.ROOT");

    private LocaleRule() {}

    private static boolean followsUser(JavaAccess<?> access) {
        JavaClass owner = access.getTargetOwner();
        String name = access.getTarget().getName();
        if (owner.isEquivalentTo(String.class)) {
            return List.of("format", "formatted").contains(name)
                    || List.of("toLowerCase", "toUpperCase").contains(name) && !namesLocale(access);
        }
        return name.equals("printf")
                || name.equals("format") && owner.getPackageName().equals("java.io")
                || owner.isAssignableTo(Formatter.class)
                || owner.isEquivalentTo(Scanner.class)
                || owner.isAssignableTo(Calendar.class)
                || owner.isEquivalentTo(Locale.class)
                        && List.of("getDefault", "setDefault").contains(name)
                || owner.isEquivalentTo(DateTimeFormatter.class) && name.startsWith("of") && !namesLocale(access)
                || owner.isEquivalentTo(DateTimeFormatterBuilder.class)
                        && name.equals("toFormatter")
                        && !namesLocale(access);
    }

    private static boolean namesLocale(JavaAccess<?> access) {
        return access.getTarget() instanceof AccessTarget.CodeUnitAccessTarget target
                && target.getRawParameterTypes().stream().anyMatch(type -> type.isEquivalentTo(Locale.class));
    }

    /** Normal forms of Unicode are the same everywhere. */
    private static boolean isText(JavaClass type) {
        return type.getPackageName().equals("java.text")
                && !type.getName().startsWith("java.text.Normalizer");
    }
}
