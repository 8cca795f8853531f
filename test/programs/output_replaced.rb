# $stdout replaced by a StringIO, a File, an object of our own, and put back.
require "stringio"
require "tempfile"

class Shouter
  def initialize(target)
    @target = target
  end

  def write(*texts)
    texts.sum { |text| @target.write(text.to_s.upcase) }
  end
end

before = $stdout
$stdout = StringIO.new
puts "into the string"
captured = $stdout.string
$stdout = Shouter.new(before)
puts "loud"
$file = Tempfile.create("output") # its path, another at each run, is in no variable that is shown
$stdout = $file
puts "into the file"
$stdout = before
$file.rewind
puts $file.read
$file.close
File.unlink($file.path)
puts captured
errors = $stderr
$stderr = StringIO.new
warn "hidden"
$stderr = errors
