# Backtracking over an array that changes in place (a 4x4 board).
class Sudoku
  SIZE = 4

  def initialize(text)
    @cells = text.delete(" \n").chars.map { |c| c == "." ? 0 : c.to_i }
  end

  def solve(position = 0)
    position += 1 while position < @cells.size && @cells[position] > 0
    return true if position == @cells.size

    (1..SIZE).each do |digit|
      next unless allowed?(position, digit)

      @cells[position] = digit
      return true if solve(position + 1)

      @cells[position] = 0
    end
    false
  end

  def allowed?(position, digit)
    row, column = position.divmod(SIZE)
    SIZE.times do |i|
      return false if @cells[row * SIZE + i] == digit || @cells[i * SIZE + column] == digit
      return false if @cells[(row / 2 * 2 + i / 2) * SIZE + column / 2 * 2 + i % 2] == digit
    end
    true
  end

  def to_s
    @cells.each_slice(SIZE).map { |row| row.join(" ") }.join("\n")
  end
end

board = Sudoku.new("1 2 . .
                    3 4 1 2
                    2 1 4 3
                    4 3 . 1")
puts board.solve
puts board
