import SweepPhysics
import Testing

@Suite("CSV data")
struct CSVDataTests {
    func message(_ text: String, points: Int? = nil, test: Int = 0) -> String? {
        do {
            _ = try CSVData.parse(Array(text.utf8), points: points, testPoints: test)
            return nil
        } catch { return error.description }
    }

    @Test("rows in file order, the last column the target, nothing scaled")
    func plain() throws {
        let data = try CSVData.parse(Array("1,2,-1\n-3.5e1,.25,1\n+7,0,2\n".utf8))
        #expect(data.dimension == 2)
        #expect(data.inputs == [1, 2, -35, 0.25, 7, 0])
        #expect(data.targets == [-1, 1, 2])
        #expect(data.testPoints == 0)
    }

    @Test("mark, CR LF, spaces, empty lines and a missing last line end are all the same table")
    func variants() throws {
        let expected = try CSVData.parse(Array("1,2\n3,4\n".utf8))
        for text in [
            "1,2\n3,4", "1,2\r\n3,4\r\n", "\u{FEFF}1,2\n3,4", "\n1,2\n\n \t\n3,4\n\n\n",
            " 1 ,\t2\n3, 4 \r\n",
        ] {
            #expect(try CSVData.parse(Array(text.utf8)) == expected, "\(text.debugDescription)")
        }
    }

    @Test("held-out rows are the last ones, or those after the training rows")
    func heldOut() throws {
        let text = Array("1,0\n2,1\n3,2\n4,3\n5,4\n".utf8)
        let all = try CSVData.parse(text, testPoints: 2)
        #expect(all.targets == [0, 1, 2] && all.testTargets == [3, 4])
        #expect(all.testInputs == [4, 5])
        let some = try CSVData.parse(text, points: 2, testPoints: 1)
        #expect(some.targets == [0, 1] && some.testTargets == [2])
    }

    @Test("errors name line, column and value")
    func errors() {
        #expect(message("1,2\n3,x\n") == "line 2, column 2: 'x' is not a number")
        #expect(message("1,2\n\n3,\n") == "line 3, column 2: no value")
        #expect(message("1,nan\n3,4\n") == "line 1, column 2: 'nan' is not a finite number")
        #expect(message("1,2\n1e999,4\n") == "line 2, column 1: '1e999' is not a finite number")
        #expect(message("1,2\n0x10,4\n") == "line 2, column 1: '0x10' is not a number")
        #expect(
            message("1,2\n3,4,5\n") == "line 2: 3 columns, where the rows before have 2")
        #expect(message("") == "line 1: the file has no rows")
        #expect(message("\n \n") == "line 1: the file has no rows")
        #expect(
            message("a,b,y\n1,2,3\n")
                == "line 1, column 1: 'a' is not a number; if this line is a header, take it out: "
                + "data files have none")
        #expect(
            message("1;2;3\n4;5;6\n")
                == "line 1: one column ('1;2;3'); at least one input and the target are wanted, "
                + "separated by commas")
        #expect(message("1,2\n3,\u{1B}[31m4\n") == "line 2, column 2: '?[31m4' is not a number")
        let long = String(repeating: "9z", count: 500)
        #expect(
            message("1,2\n3,\(long)\n")
                == "line 2, column 2: '\(long.prefix(40))…' is not a number")
    }

    @Test("bytes that are not text are an error, not a crash")
    func garbage() {
        #expect(throws: DataProblem.self) { try CSVData.parse([0xFF, 0xFE, 0x31, 0, 0x2C, 0]) }
        #expect(throws: DataProblem.self) { try CSVData.parse([0x80, 0x2C, 0xC3, 0x0A]) }
        #expect(throws: DataProblem.self) { try CSVData.parse([0, 0x2C, 0x31]) }
        #expect(throws: DataProblem.self) { try CSVData.parse(Array("1,2\r3,4\r".utf8)) }
    }

    @Test("constant targets and too few rows are refused")
    func refused() {
        #expect(
            message("1,5\n2,5\n")
                == "all 2 targets are 5.0, so the alignment of a kernel with them would be 0/0; "
                + "at least two different training targets are needed")
        // Held-out targets do not help.
        #expect(message("1,5\n2,5\n3,6\n", test: 1)?.hasPrefix("all 2 targets are 5.0") == true)
        #expect(message("1,5\n")?.hasPrefix("the only training target is 5.0") == true)
        #expect(
            message("1,5\n2,6\n", points: 3)
                == "the file has 2 rows, too few for 3 training points and 0 test points")
        #expect(message("1,5\n2,6\n", test: 3) == "the file has 2 rows, too few for 3 test points")
        #expect(message("1,5\n2,6\n", points: .max, test: .max) != nil)
        #expect(message("1,5\n2,6\n", test: 2)?.hasPrefix("0 training points") == true)
    }
}
