import java.io.FileInputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Asks veraPDF of each file whether it is PDF/A-3a and PDF/UA-1. A line for each answer; exit code 0 if all are. */
public class Validate {
    public static void main(String[] files) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        boolean good = files.length > 0;
        for (String file : files) {
            for (String standard : new String[] {"3a", "ua1"}) {
                good &= conforms(file, PDFAFlavour.fromString(standard));
            }
        }
        System.exit(good ? 0 : 1);
    }

    private static boolean conforms(String file, PDFAFlavour standard) throws Exception {
        try (FileInputStream bytes = new FileInputStream(file);
                PDFAParser parser = Foundries.defaultInstance().createParser(bytes, standard);
                PDFAValidator validator = Foundries.defaultInstance().createValidator(standard, false)) {
            ValidationResult result = validator.validate(parser);
            String said = result.isCompliant() ? "conforms" : "does not conform";
            System.out.println(file + ": " + standard.getId() + " " + said + ", " + result.getTotalAssertions() + " checks");
            for (TestAssertion found : result.getTestAssertions()) {
                if (found.getStatus() != TestAssertion.Status.PASSED) {
                    System.out.println("  " + found.getRuleId() + ": " + found.getMessage() + " at " + found.getLocation().getContext());
                }
            }
            return result.isCompliant();
        }
    }
}
