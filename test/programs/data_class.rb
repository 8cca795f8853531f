# requires: 3.2
# Data objects.
Coordinates = Data.define(:latitude, :longitude) do
  def north?
    latitude > 0
  end
end

here = Coordinates.new(latitude: 52.5, longitude: 13.4)
there = here.with(latitude: -33.9)
p here.north?, there.north?
