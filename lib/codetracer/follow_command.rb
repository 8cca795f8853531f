# frozen_string_literal: true

# The command that follow.rb puts in a Ruby's place.
#
# Its words are that Ruby's own; everything it does is in CodeTracer::Following.
require_relative "following"

exit CodeTracer::Following.run(ARGV)
