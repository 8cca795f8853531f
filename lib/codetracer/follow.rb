# frozen_string_literal: true

# Sends a Ruby that a recorded program has started through the recorder's command, before anything
# of its own has run.
#
# Loaded by RUBYOPT, put there by Launcher for --follow, in every Ruby below. In the program itself
# it has nothing to do: boot.rb, which Ruby requires before or after it, starts the recording.
#
# The words must mean the same a second time. A program on standard input or in a pipe has been read
# in part by now, and -C, -X and -x have changed the folder: these run on as they are.
boot = ENV["CODETRACER_BOOT_FD"]
ENV.delete("CODETRACER_BOOT_FD") if boot == "" # boot.rb was here
if RUBY_ENGINE == "ruby" && ENV["CODETRACER_FOLLOW"] && boot.nil?
  begin
    words = File.binread("/proc/self/cmdline").split("\0", -1)[0...-1]
    names = [$PROGRAM_NAME.b, File.basename($PROGRAM_NAME).b] # the latter with -S
    switches = words.drop(1).take_while { |word| !names.include?(word) }
    # Letters up to the first one whose value the rest of the word is.
    moves = switches.any? { |word| word.match?(/\A-[^-erIEKWFiT0]*[CXx]/n) }
    refusal = "-C, -X and -x change the folder" if moves
    refusal ||= "its script is no file" unless $PROGRAM_NAME == "-e" || File.file?($PROGRAM_NAME)
    unless refusal
      exec([File.readlink("/proc/self/exe"), words.first], "--disable=gems,rubyopt",
           File.join(__dir__, "follow_command.rb"), *words.drop(1))
    end
  rescue SystemCallError => e
    refusal = e.message
  end
  $stderr.write("codetracer-ruby-recorder: not followed: #{refusal} [CT-106]\n")
end
