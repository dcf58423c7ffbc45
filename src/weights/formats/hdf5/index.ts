export { fail, readHdf5, type Hdf5File } from './hdf5File.js';
